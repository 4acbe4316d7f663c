"""The databases of a server of PostgreSQL, and whether one of them that holds nothing still does."""

from collections.abc import Mapping

from localenv.needs.postgres.wire import PostgresSession

# Whatever is put into a database that holds nothing makes a file in its folder, or lengthens that of large objects.
_DATABASES = """
SELECT d.datname, d.oid || ' ' || CASE d.dattablespace WHEN 1663 THEN
  (SELECT md5(string_agg(file, ' ' ORDER BY file)) FROM pg_ls_dir('base/' || d.oid) file WHERE file ~ '^[0-9]+$')
  || ' ' || coalesce((pg_stat_file('base/' || d.oid || '/2613', true)).size, 0) END
FROM pg_database d WHERE d.datallowconn AND NOT d.datistemplate ORDER BY d.datname
"""


def databases(session: PostgresSession) -> Mapping[str, str | None]:
    """All that a client can use, with what their folders look like; None where that cannot be seen."""
    return {name: folder for name, folder in session.ask(_DATABASES) if name}
