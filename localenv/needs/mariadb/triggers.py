"""Remove triggers of MariaDB or MySQL while rows are restored: a session cannot disable them.

They are recorded on this machine before the first is dropped. One that could not be created again, because the server
or this process ended meanwhile, is created by the next command that uses the snapshot.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from localenv.host import files
from localenv.needs import Refused
from localenv.needs.mariadb.insert import name as quoted
from localenv.needs.mariadb.relations import MysqlRelation, text
from localenv.needs.mariadb.wire import MysqlSession

_NOTHING_TO_CREATE = {"1359", "1146"}  # the trigger exists, or its table does not any more
_LONGEST_WAIT = 60  # seconds for clients that use the table: a trigger that is not created is lost


@contextmanager
def without(asked: MysqlSession, database: str, tables: Iterable[MysqlRelation], folder: Path) -> Iterator[None]:
    """Drop the triggers of these tables, and create them again in their order when the block exits.

    `folder` is the snapshot's, for the record.
    """
    asked.ask(f"USE {quoted(database)}")  # they name tables without their database
    found = _names(asked, database, [one.table for one in tables])
    created = [asked.ask(f"SHOW CREATE TRIGGER {quoted(name)}")[0] for name in found]
    statements = [(mode or "", statement or "") for _, mode, statement, *_ in created]
    files.write(_record(folder, database), json.dumps(statements))
    try:
        for name in reversed(found):  # what is left of them is always the first ones, and their order stays
            asked.ask(f"DROP TRIGGER {quoted(name)}")
        yield
    finally:
        create_dropped(asked, database, folder)


def create_dropped(asked: MysqlSession, database: str, folder: Path) -> None:
    """Create the recorded triggers that do not exist, and remove the record; nothing to do without one."""
    record = _record(folder, database)
    try:
        statements = json.loads(record.read_text())
    except FileNotFoundError:
        return
    ((own_mode, wait),) = asked.ask("SELECT @@SESSION.sql_mode, @@SESSION.lock_wait_timeout")
    asked.ask(f"USE {quoted(database)}")
    asked.ask(f"SET SESSION lock_wait_timeout = {_LONGEST_WAIT}")
    for mode, statement in statements:
        asked.ask(f"SET SESSION sql_mode = {text(mode)}")
        try:
            asked.ask(statement)
        except Refused as refused:
            if refused.code not in _NOTHING_TO_CREATE:
                raise
    asked.ask(f"SET SESSION sql_mode = {text(own_mode or '')}")
    asked.ask(f"SET SESSION lock_wait_timeout = {wait}")
    record.unlink()


def _record(folder: Path, database: str) -> Path:
    return folder / f"triggers-{quote(database, safe='')}"


def _names(asked: MysqlSession, database: str, tables: list[str]) -> list[str]:
    among = ", ".join(map(text, tables)) or "''"
    rows = asked.ask(
        "SELECT trigger_name FROM information_schema.triggers"  # noqa: S608 - quoted
        f" WHERE event_object_schema = {text(database)} AND event_object_table IN ({among})"
        " ORDER BY event_object_table, event_manipulation, action_timing, action_order"
    )
    return [name for (name,) in rows if name]
