"""Load SQL and rows with the client of MariaDB and MySQL."""

import re
from collections.abc import Iterable, Iterator

from localenv.needs import Arrays, Row
from localenv.needs.images import joined, of, words
from localenv.needs.mariadb import insert
from localenv.needs.mariadb.relations import text
from localenv.stack import Command, Need

HAS_EXTENSIONS = False
BOOLEANS = ("0", "1")
BATCH = 500
ARRAYS: Arrays | None = None  # a list is stored as JSON

INCLUDED = re.compile(
    rb"""^[ \t]*(?:source|\\\.)[ \t]+([^\n;]+?)[ \t;\r]*$|\blocal\s+infile\s+(?:'([^'\n]+)'|"([^"\n]+)")""",
    re.IGNORECASE | re.MULTILINE,
)

_NO_LIMIT = "--max-allowed-packet=1G"  # of the client: the server decides how long a statement may be

_FAILED = re.compile(
    r"^ERROR(?: \d+)?(?: \(\w+\))?(?: at line (?P<line>\d+))?(?: in file: '(?P<file>.*?)')?: (?P<reason>.*)", re.M
)


def initial(need: Need) -> str:
    """Create further databases, and grant the user every right: the images grant rights on one database only."""
    grants = f"GRANT ALL PRIVILEGES ON *.* TO {text(need.user)}@'%' WITH GRANT OPTION;\n"
    makes = [f"CREATE DATABASE IF NOT EXISTS {insert.name(database)};\n" for database in need.databases[1:]]
    return ("" if need.user == "root" else grants) + "".join(makes)


def client(need: Need) -> Command:
    """Runs statements one by one, as root: before `initial` the user cannot create databases."""
    return _client(need, "root")


def table(need: Need, table: str, columns: tuple[str, ...]) -> Command:
    """Loads rows by statements too: LOAD DATA LOCAL would turn errors into warnings."""
    return _client(need, "root", "--binary-mode")  # otherwise it interprets client commands in the data


def rows(table: str, columns: tuple[str, ...], rows: Iterable[Row], batch: int) -> Iterator[bytes]:
    """INSERT statements of `batch` rows in one transaction."""
    return insert.statements(table, columns, rows, batch)


def included(output: str) -> str:
    """The included file that failed; empty for the input itself."""
    failed = _FAILED.search(output)
    return (failed["file"] or "") if failed else ""


def culprit(output: str) -> tuple[int | None, str]:
    """The first line of the failed statement, and the server's reason."""
    failed = _FAILED.search(output)
    if not failed:
        return None, output.strip().splitlines()[-1].strip() if output.strip() else ""
    return int(failed["line"]) if failed["line"] else None, failed["reason"]


def shell(need: Need) -> Command:
    """The interactive client, for a process with the kind's variables."""
    return _client(need, need.user)


def tool(need: Need) -> Command:
    """A tool of the server: it reads no host from variables, and takes the database as an argument."""
    address = (joined("--host=", of(need, "host")), joined("--port=", of(need, "port")))
    return (*words(program(need, "admin")), *_login(need, need.user), *address)


def program(need: Need, tool: str = "") -> str:
    """The name of the client, or of another tool of the server."""
    if need.kind == "mysql":
        return f"mysql{tool}"
    return f"mariadb-{tool}" if tool else "mariadb"


def _client(need: Need, user: str, *options: str) -> Command:
    database = (f"--database={need.database}",) if need.database else ()
    return (*words(program(need)), *_login(need, user), *words(_NO_LIMIT, *options, *database))


def _login(need: Need, user: str) -> Command:
    # the client does not count a password from the environment, and would warn that there is none
    quiet = () if need.kind == "mysql" else ("--skip-ssl-verify-server-cert",)
    # no .my.cnf of this machine or its user; it must be the first option
    return words("--no-defaults", "--protocol=tcp", f"--user={user}", "--default-character-set=utf8mb4", *quiet)
