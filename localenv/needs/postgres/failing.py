"""What PostgreSQL does itself when it is to fail, as options of psql."""

from localenv.needs.server_failures import DISCONNECT, REFUSE, ServerFailure

_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
_ALLOW = 'ALTER DATABASE "{}" ALLOW_CONNECTIONS {}'

FAILURES = {
    DISCONNECT: ServerFailure(words=lambda _: ("-qtAc", _CUT)),
    REFUSE: ServerFailure(
        words=lambda need: ("-d", "template1", "-qc", _ALLOW.format(need.database, "false")),
        undo=lambda need: ("-d", "template1", "-qc", _ALLOW.format(need.database, "true")),
        of_database=True,
    ),
}
