"""The client of MariaDB and MySQL, fed with SQL and with rows."""

import re
from collections.abc import Iterable, Iterator

from localenv.needs import Arrays, Row
from localenv.needs.images import words
from localenv.needs.mariadb import insert
from localenv.needs.mariadb.relations import text
from localenv.stack import Command, Need

HAS_EXTENSIONS = False
BOOLEANS = ("0", "1")
BATCH = 500
ARRAYS: Arrays | None = None  # a list is JSON

INCLUDED = re.compile(
    rb"""^[ \t]*(?:source|\\\.)[ \t]+([^\n;]+?)[ \t;\r]*$|\blocal\s+infile\s+(?:'([^'\n]+)'|"([^"\n]+)")""",
    re.IGNORECASE | re.MULTILINE,
)

_NO_LIMIT = "--max-allowed-packet=1G"  # of the client: how long a statement may be the server decides

_FAILED = re.compile(
    r"^ERROR(?: \d+)?(?: \(\w+\))?(?: at line (?P<line>\d+))?(?: in file: '(?P<file>.*?)')?: (?P<reason>.*)", re.M
)


def initial(need: Need) -> str:
    """Further databases, and every right for the user, to whom the images give one database only."""
    grants = f"GRANT ALL PRIVILEGES ON *.* TO {text(need.user)}@'%' WITH GRANT OPTION;\n"
    makes = [f"CREATE DATABASE IF NOT EXISTS {insert.name(database)};\n" for database in need.databases[1:]]
    return ("" if need.user == "root" else grants) + "".join(makes)


def client(need: Need) -> Command:
    """Statements one by one, as root: before `initial` the user may not make databases."""
    return _client(need, "root")


def table(need: Need, table: str, columns: tuple[str, ...]) -> Command:
    """Statements again: LOAD DATA LOCAL would make warnings of errors."""
    return _client(need, "root", "--binary-mode")  # else it reads commands of its own in what is written


def rows(table: str, columns: tuple[str, ...], rows: Iterable[Row], batch: int) -> Iterator[bytes]:
    """INSERT statements of `batch` rows in one transaction."""
    return insert.statements(table, columns, rows, batch)


def included(output: str) -> str:
    """The file that failed, of those that the one it read names; empty for that one itself."""
    failed = _FAILED.search(output)
    return (failed["file"] or "") if failed else ""


def culprit(output: str) -> tuple[int | None, str]:
    """The line on which the statement that failed begins, and the server's reason."""
    failed = _FAILED.search(output)
    if not failed:
        return None, output.strip().splitlines()[-1].strip() if output.strip() else ""
    return int(failed["line"]) if failed["line"] else None, failed["reason"]


def shell(need: Need) -> Command:
    """The interactive client, for a process that has the kind's variables."""
    return _client(need, need.user)


def program(need: Need, tool: str = "") -> str:
    """What the client is called, or another tool of the server's."""
    if need.kind == "mysql":
        return f"mysql{tool}"
    return f"mariadb-{tool}" if tool else "mariadb"


def _client(need: Need, user: str, *options: str) -> Command:
    database = (f"--database={need.database}",) if need.database else ()
    # a password out of the environment counts as none, and that as a reason to warn
    quiet = () if need.kind == "mysql" else ("--skip-ssl-verify-server-cert",)
    login = ("--protocol=tcp", f"--user={user}", "--default-character-set=utf8mb4", _NO_LIMIT)
    # no .my.cnf of this machine or its user; it has to be the first option
    return words(program(need), "--no-defaults", *login, *quiet, *options, *database)
