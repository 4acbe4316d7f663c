"""What a PostgreSQL server holds outside of its databases: roles, settings, tablespaces."""

from collections.abc import Mapping

from localenv.needs import Refused
from localenv.needs.postgres.wire import PostgresSession

# PostgreSQL's own roles begin with `pg_`
_OBJECTS = """
SELECT 'role ' || r.rolname, md5((to_jsonb(r) - 'oid')::text || coalesce((
  SELECT string_agg(g.rolname || ' ' || m.admin_option, ',' ORDER BY g.rolname, m.admin_option)
  FROM pg_auth_members m JOIN pg_authid g ON g.oid = m.roleid WHERE m.member = r.oid), ''))
FROM pg_authid r WHERE r.rolname !~ '^pg_'
UNION ALL
SELECT concat_ws(' ', 'settings of', 'role ' || r.rolname, 'database ' || d.datname), md5(s.setconfig::text)
FROM pg_db_role_setting s LEFT JOIN pg_authid r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
UNION ALL
SELECT 'setting ' || name, md5(coalesce(setting, '')) FROM pg_file_settings WHERE sourcefile ~ 'postgresql.auto.conf$'
UNION ALL
SELECT 'tablespace ' || spcname, md5(pg_tablespace_location(oid)) FROM pg_tablespace WHERE spcname !~ '^pg_'
"""


def objects(session: PostgresSession) -> Mapping[str, str]:
    """A fingerprint of each, by its name for a person; a client that may not see them cannot change them either."""
    try:
        return {name: found or "" for name, found in session.ask(_OBJECTS) if name}
    except Refused:
        return {}
