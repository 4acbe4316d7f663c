"""Search the rows of a MariaDB or MySQL."""

from contextlib import suppress
from dataclasses import replace

from localenv.needs import Refused
from localenv.needs.mariadb.relations import databases, relations, text
from localenv.needs.mariadb.wire import session
from localenv.stack import Connection

_LONGEST = 60.0  # seconds


def search(connection: Connection, expression: str) -> str:
    """The first table with a row, as text, that a regular expression matches; empty if none."""
    with session(replace(connection, database=""), _LONGEST) as asked:
        for database in [connection.database] if connection.database else databases(asked):
            for one in relations(asked, database).values():
                if one.is_sequence or not one.columns:
                    continue
                row = f"CONVERT(CONCAT_WS(' ', {one.fields}) USING utf8mb4)"
                with suppress(Refused):  # skip what cannot be read as text
                    if asked.ask(f"SELECT 1 FROM {one.name} WHERE {row} REGEXP {text(expression)} LIMIT 1"):  # noqa: S608
                        return one.table
    return ""
