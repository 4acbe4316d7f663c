"""What a MariaDB or MySQL server holds outside of tables: users with their privileges, roles, events, settings."""

from collections.abc import Mapping
from contextlib import suppress

from localenv.needs import Refused
from localenv.needs.mariadb.wire import MysqlSession

_USERS = """
SELECT concat('user ', grantee), sum(crc32(about)) FROM (
  SELECT concat(quote(user), '@', quote(host)) AS grantee, concat_ws(' ', plugin, authentication_string) AS about
  FROM mysql.user
  UNION ALL SELECT grantee, concat_ws(' ', privilege_type, is_grantable) FROM information_schema.user_privileges
  UNION ALL SELECT grantee, concat_ws(' ', table_schema, privilege_type, is_grantable)
  FROM information_schema.schema_privileges
  UNION ALL SELECT grantee, concat_ws(' ', table_schema, table_name, privilege_type, is_grantable)
  FROM information_schema.table_privileges
) found GROUP BY grantee
"""
# MariaDB's table, and MySQL's: the one that a server lacks has no checksum
_ROLES = "CHECKSUM TABLE mysql.roles_mapping, mysql.role_edges"
# an event that has run is not a changed one
_EVENTS = """
SELECT event_schema, event_name, md5(concat_ws(' ', event_definition, execute_at, interval_value, interval_field,
  starts, ends, status, on_completion))
FROM information_schema.events
"""
# what SET GLOBAL can change: in MariaDB, and in MySQL; positions in a log change by themselves
_SETTINGS = (
    """
SELECT concat('setting ', lower(variable_name)), md5(global_value) FROM information_schema.system_variables
WHERE read_only = 'NO' AND variable_scope <> 'SESSION ONLY' AND variable_name NOT LIKE 'gtid%'
""",
    """
SELECT concat('setting ', variable_name), md5(variable_value) FROM performance_schema.global_variables
WHERE variable_name NOT LIKE 'gtid%'
""",
)


def objects(session: MysqlSession) -> Mapping[str, str]:
    """A fingerprint of each, by its name for a person; a client that may not see them cannot change them either."""
    try:
        users = {name: found or "" for name, found in session.ask(_USERS) if name}
        roles = "".join(found or "" for _, found in session.ask(_ROLES))
        events = {f"event {database}.{name}": found or "" for database, name, found in session.ask(_EVENTS)}
    except Refused:
        return {}
    return {**users, "members of roles": roles, **events, **_settings(session)}


def _settings(session: MysqlSession) -> dict[str, str]:
    for query in _SETTINGS:
        with suppress(Refused):  # it is the other server
            return {name: found or "" for name, found in session.ask(query) if name}
    return {}
