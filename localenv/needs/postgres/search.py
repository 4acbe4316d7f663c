"""Search the rows of a PostgreSQL."""

from localenv.needs.postgres.databases import databases
from localenv.needs.postgres.quoting import text
from localenv.needs.postgres.relations import relations
from localenv.needs.postgres.wire import session
from localenv.stack import Connection

_LONGEST = 60.0  # seconds


def search(connection: Connection, expression: str) -> str:
    """The first table with a row, as text, that a regular expression matches; empty if none."""
    names = [connection.database]
    if not connection.database:
        with session(connection, "postgres", _LONGEST) as asked:
            names = list(databases(asked))
    for database in names:
        with session(connection, database, _LONGEST) as asked:
            for one in relations(asked).values():
                query = f"SELECT 1 FROM ONLY {one.name} one WHERE one::text ~ {text(expression)} LIMIT 1"  # noqa: S608
                if one.is_table and asked.ask(query):
                    return one.shown
    return ""
