"""PostgreSQL."""

from collections.abc import Iterator, Mapping

from localenv.needs import Client, InitialData, Kind, Login, versions
from localenv.needs.images import image, joined, kept, of, words
from localenv.needs.postgres import copies, failing, initial, quoting, search, snapshots, sql, wire
from localenv.needs.settings import own
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

_CLIENT_SETTINGS = frozenset({  # https://www.postgresql.org/docs/current/libpq-envars.html
    "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGREQUIREAUTH",
    "PGCHANNELBINDING", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS", "PGAPPNAME", "PGSSLMODE", "PGREQUIRESSL",
    "PGSSLNEGOTIATION", "PGSSLCOMPRESSION", "PGSSLCERT", "PGSSLKEY", "PGSSLCERTMODE", "PGSSLROOTCERT", "PGSSLCRL",
    "PGSSLCRLDIR", "PGSSLSNI", "PGSSLKEYLOGFILE", "PGREQUIREPEER", "PGSSLMINPROTOCOLVERSION",
    "PGSSLMAXPROTOCOLVERSION", "PGGSSENCMODE", "PGKRBSRVNAME", "PGGSSLIB", "PGGSSDELEGATION", "PGREALM", "PGTTY",
    "PGCONNECT_TIMEOUT", "PGCLIENTENCODING", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS", "PGMINPROTOCOLVERSION",
    "PGMAXPROTOCOLVERSION", "PGDATESTYLE", "PGTZ", "PGGEQO", "PGSYSCONFDIR", "PGLOCALEDIR", "PSQLRC",
})  # fmt: skip
_SERVER_SETTINGS = own(
    "listen_addresses", "unix_socket_directories", "data_directory", "hba_file", "ident_file", "config_file",
    "logging_collector", "lc_messages", "dynamic_shared_memory_type", port="use port: of the need",
)  # fmt: skip

_HOME = "/var/lib/localenv"  # outside of the image's declared volume: the data is part of the container
_CHECKSUMS = (18,)  # the first version that has them by default, and an option for it
_SMALL_SEGMENTS = (11,)  # the first version whose initdb can be given their size
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "logical",  # to allow change data capture
    "max_wal_senders": "20",
    "max_replication_slots": "20",
}


def service(need: Need, port: Port) -> Service:
    """Run the official image, or one that takes the same variables and settings."""
    database = need.database or "postgres"
    login = f"--username={need.user}", f"--dbname={database}"
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "postgres"),
        command=words("postgres", *_options(need)),
        environment={
            "POSTGRES_USER": literal(need.user),
            "POSTGRES_PASSWORD": of(need, "password"),
            "POSTGRES_DB": literal(database),
            "POSTGRES_INITDB_ARGS": literal(" ".join(_initdb(need))),
            "PGDATA": literal(f"{_HOME}/pgdata"),
            **({"PGPORT": literal(str(need.port))} if need.port else {}),  # for the server and its clients
        },
        port=port,
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, _HOME),
        # while the image creates the database, its server listens only on a socket file
        own_healthcheck=("pg_isready", "--quiet", "--host=127.0.0.1", *login),
        at=need.at,
    )


def _initdb(need: Need) -> Iterator[str]:
    """The options of initdb that its version knows; an image of the description may have any version."""
    yield "--no-sync"
    major = (0,) if need.image else versions.numbers(need.version)[:1] or (0,)
    if major >= _SMALL_SEGMENTS:
        yield "--wal-segsize=1"  # MiB, in place of 16: less to write
    if major >= _CHECKSUMS:
        yield "--no-data-checksums"


def _is_known(need: Need) -> bool:
    """Whether a password can be replaced: in the official image, of a version without checksums of pages."""
    return need.image is None and (versions.numbers(need.version)[:1] or (0,)) >= _SMALL_SEGMENTS


def _options(need: Need) -> Iterator[str | Template]:
    yield from (f"-c{name}={value}" for name, value in _SETTINGS.items())
    yield from (joined(f"-c{name}=", value) for name, value in need.settings.items())  # the last one wins


def ready(connection: Connection) -> None:
    """Return when it accepts the login to the database; raise NotYet otherwise, within a second."""
    wire.log_in(connection, connection.database or "postgres")


def variables(need: Need) -> Mapping[str, Template]:
    """The variables of libpq."""
    return {
        "PGHOST": of(need, "host"),
        "PGPORT": of(need, "port"),
        "PGUSER": literal(need.user),
        "PGPASSWORD": of(need, "password"),
        "PGDATABASE": literal(need.database or "postgres"),
    }


KIND = Kind(
    version="17",
    port=5432,
    scheme="postgresql",
    has_databases=True,
    login=Login(refusal=quoting.refusal),
    # a user's .psqlrc could connect to another database
    client=Client(command=lambda need: words("psql", "--no-psqlrc")),
    client_settings=_CLIENT_SETTINGS,
    sql=sql,
    initial=InitialData(
        folder=_HOME,
        variable="POSTGRES_PASSWORD",
        script=initial.script,
        is_known=_is_known,
        with_password=initial.with_password,
    ),
    snapshots=snapshots,
    copies=copies,
    settings=_SERVER_SETTINGS,
    search=search.search,
    failures=failing.FAILURES,
    service=service,
    ready=ready,
    variables=variables,
)
