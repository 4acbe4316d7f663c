"""The databases of a PostgreSQL server, and whether an empty one is still empty."""

from collections.abc import Mapping

from localenv.needs.postgres.wire import PostgresSession

# Any data in an empty database creates a file in its folder, or extends that of large objects.
_DATABASES = """
SELECT d.datname, d.oid || ' ' || CASE d.dattablespace WHEN 1663 THEN
  (SELECT md5(string_agg(file, ' ' ORDER BY file)) FROM pg_ls_dir('base/' || d.oid) file WHERE file ~ '^[0-9]+$')
  || ' ' || coalesce((pg_stat_file('base/' || d.oid || '/2613', true)).size, 0) END
FROM pg_database d WHERE d.datallowconn AND NOT d.datistemplate ORDER BY d.datname
"""


def databases(session: PostgresSession) -> Mapping[str, str | None]:
    """All databases that a client can use, with a fingerprint of their folders; None if that is not available."""
    return {name: folder for name, folder in session.ask(_DATABASES) if name}
