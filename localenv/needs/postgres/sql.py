"""PostgreSQL's psql, fed with SQL and with rows."""

import re
from collections.abc import Iterable, Iterator
from itertools import tee

from localenv.needs.images import words
from localenv.needs.postgres.quoting import name as quoted
from localenv.needs.postgres.quoting import text
from localenv.needs.records import records
from localenv.stack import Command, Need

HAS_EXTENSIONS = True
BOOLEANS = ("false", "true")
BATCH = 1

_PSQL = ("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
_FAILED = re.compile(
    r"^psql:(?:<stdin>:(?P<line>\d+):)? *(?:psql: )?(?:ERROR|FATAL|PANIC|error): +(?P<reason>.*)", re.M
)
_FAILED_COPY = re.compile(r"^(?:ERROR|FATAL|PANIC): +(?P<reason>.*)", re.M)
_CONTEXT = re.compile(r"^CONTEXT: +COPY .*?, line (?P<line>\d+)", re.M)
_DETAIL = re.compile(r"^DETAIL: +(.*)", re.M)


def initial(need: Need) -> str:
    """Further databases, and the extensions in every one; where there is none, in the template of all."""
    makes = [
        f"SELECT {text('CREATE DATABASE ' + quoted(database))} WHERE NOT EXISTS "  # noqa: S608 - quoted
        f"(SELECT FROM pg_database WHERE datname = {text(database)}) \\gexec\n"
        for database in need.databases[1:]
    ]
    if need.extensions:
        wanted = "".join(f"CREATE EXTENSION IF NOT EXISTS {quoted(extension)};\n" for extension in need.extensions)
        makes += [f"\\connect {quoted(database)}\n{wanted}" for database in need.databases or ("template1",)]
    return "".join(makes)


def client(need: Need) -> Command:
    """Statements one by one, as the image's own init folder reads them."""
    return words(*_PSQL, "--file=-")


def table(need: Need, table: str, columns: tuple[str, ...]) -> Command:
    """One COPY."""
    target = ".".join(map(quoted, table.split(".")))
    fields = ", ".join(map(quoted, columns))
    return words(*_PSQL, "--command", f"COPY {target} ({fields}) FROM STDIN WITH (FORMAT csv, HEADER, ENCODING 'UTF8')")


def rows(table: str, columns: tuple[str, ...], csv: Iterable[bytes], batch: int) -> Iterator[bytes]:
    """CSV, as it is, behind a line that nobody reads: it tells COPY how lines end before it counts those in fields."""
    ahead, whole = tee(csv)
    first = next(records(ahead), b"")
    del ahead  # what it is behind would be held
    yield b"\r\n" if first.endswith(b"\r\n") else b"\n"
    yield from whole


def culprit(output: str) -> tuple[int | None, str]:
    """The line that failed, the last one where a statement or a row has more, and the server's reason."""
    failed = _FAILED.search(output)
    copied = None if failed else _CONTEXT.search(output)
    said = failed or _FAILED_COPY.search(output)
    if not said:
        return None, output.strip().splitlines()[-1].strip() if output.strip() else ""
    line = int(copied["line"]) - 1 if copied else int(said["line"]) if failed and said["line"] else None
    detail = _DETAIL.search(output, said.end())
    return line, said["reason"] + (f" ({detail[1].rstrip('.')})" if detail else "")
