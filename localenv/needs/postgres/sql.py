"""Load SQL and rows with PostgreSQL's psql."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from localenv.needs import Arrays, Row
from localenv.needs.images import words
from localenv.needs.postgres import arrays, sequences
from localenv.needs.postgres.quoting import name as quoted
from localenv.needs.postgres.quoting import text
from localenv.stack import Command, Need

HAS_EXTENSIONS = True
BOOLEANS = ("false", "true")
BATCH = 1
ARRAYS: Arrays | None = arrays
INCLUDED = re.compile(
    rb"""\\(?:ir?|include|include_relative|lo_import)[ \t]+(?:'([^'\n]+)'|([^\s;']+))"""
    rb"""|\\copy[ \t][^\n]*?\bfrom[ \t]+(?:'([^'\n]+)'|([^\s;']+))""",
    re.IGNORECASE,
)

_TOGETHER = 1000  # rows per write
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_ESCAPED = re.compile(r"[\\\t\n\r]").search
_PSQL = ("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
_FAILED = re.compile(
    r"^psql:(?:(?P<file>[^:\n]+):(?P<line>\d+):)? *(?:psql: )?(?:ERROR|FATAL|PANIC|error): +(?P<reason>.*)", re.M
)
_FAILED_COPY = re.compile(r"^(?:ERROR|FATAL|PANIC): +(?P<reason>.*)", re.M)
_CONTEXT = re.compile(r"^CONTEXT: +COPY .*?, line (?P<line>\d+)", re.M)
_DETAIL = re.compile(r"^DETAIL: +(.*)", re.M)


def initial(need: Need) -> str:
    """Create further databases, and the extensions in each; without databases, in the template."""
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
    """Runs statements one by one, like the image's own init folder."""
    return words(*_PSQL, "--file=-")


def table(need: Need, table: str, columns: tuple[str, ...]) -> Command:
    """One COPY, after which sequences continue behind the loaded values."""
    target = ".".join(map(quoted, table.split(".")))
    copy = f"COPY {target} ({', '.join(map(quoted, columns))}) FROM STDIN WITH (FORMAT text, ENCODING 'UTF8')"
    return words(*_PSQL, "--single-transaction", "--command", copy, "--command", sequences.moved(table, columns))


def rows(table: str, columns: tuple[str, ...], rows: Iterable[Row], batch: int) -> Iterator[bytes]:
    r"""COPY's text format: unlike its CSV format, no line `\.` can end the rows."""
    for some in _together(rows):
        yield "".join(map(_line, some)).encode()


def _together(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    return iter(lambda: list(islice(left, _TOGETHER)), [])


def _line(row: Row) -> str:
    fields = [r"\N" if field is None else field.translate(_ESCAPES) if _ESCAPED(field) else field for field in row]
    return "\t".join(fields) + "\n"


def included(output: str) -> str:
    """The included file that failed; empty for the input itself."""
    failed = _FAILED.search(output)
    return (failed["file"] or "").replace("<stdin>", "") if failed else ""


def culprit(output: str) -> tuple[int | None, str]:
    """The failed line (the last line of a longer statement), and the server's reason."""
    failed = _FAILED.search(output)
    copied = None if failed else _CONTEXT.search(output)
    matched = failed or _FAILED_COPY.search(output)
    if not matched:
        return None, output.strip().splitlines()[-1].strip() if output.strip() else ""
    line = int(copied["line"]) if copied else int(matched["line"]) if failed and matched["line"] else None
    detail = _DETAIL.search(output, matched.end())
    return line, matched["reason"] + (f" ({detail[1].rstrip('.')})" if detail else "")
