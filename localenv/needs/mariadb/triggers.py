"""Remove triggers of MariaDB or MySQL while rows are restored: a session cannot disable them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from localenv.needs.mariadb.insert import name as quoted
from localenv.needs.mariadb.relations import MysqlRelation, text
from localenv.needs.mariadb.wire import MysqlSession


@contextmanager
def without(asked: MysqlSession, database: str, tables: Iterable[MysqlRelation]) -> Iterator[None]:
    """Drop the triggers of these tables, and create them again in their order when the block exits."""
    made: list[tuple[str, str]] = []
    ((mode,),) = asked.ask("SELECT @@SESSION.sql_mode")
    asked.ask(f"USE {quoted(database)}")  # they name tables without their database
    try:
        for name in _names(asked, database, [one.table for one in tables]):
            ((_, own_mode, statement, *_),) = asked.ask(f"SHOW CREATE TRIGGER {quoted(name)}")
            asked.ask(f"DROP TRIGGER {quoted(name)}")
            made.append((own_mode or "", statement or ""))
        yield
    finally:
        for own_mode, statement in made:
            asked.ask(f"SET SESSION sql_mode = {text(own_mode)}")
            asked.ask(statement)
        asked.ask(f"SET SESSION sql_mode = {text(mode or '')}")


def _names(asked: MysqlSession, database: str, tables: list[str]) -> list[str]:
    among = ", ".join(map(text, tables)) or "''"
    rows = asked.ask(
        "SELECT trigger_name FROM information_schema.triggers"  # noqa: S608 - quoted
        f" WHERE event_object_schema = {text(database)} AND event_object_table IN ({among})"
        " ORDER BY event_object_table, event_manipulation, action_timing, action_order"
    )
    return [name for (name,) in rows if name]
