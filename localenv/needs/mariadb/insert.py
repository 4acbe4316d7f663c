"""Rows in CSV as INSERT statements for MariaDB and MySQL, every row on the lines it has in the CSV."""

import re
from collections.abc import Iterable, Iterator

from localenv.needs.records import records

_FIELD = re.compile(rb'(?:^|,)(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^,]*))')
_LARGEST = 1 << 20  # bytes of one statement: a server takes 16 MiB by default

# quotes are then the only thing to be escaped; no line of its own: the first row stands on line 1
_OPENING = b"SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES'); START TRANSACTION; "


def statements(table: str, columns: tuple[str, ...], csv: Iterable[bytes], batch: int) -> Iterator[bytes]:
    """The statements in one transaction, each of at most `batch` rows."""
    target = ".".join(map(name, table.split(".")))
    insert = f"INSERT INTO {target} ({', '.join(map(name, columns))}) VALUES ".encode()  # noqa: S608 - quoted names
    yield _OPENING
    rows = size = 0
    for record in records(csv):
        row = _row(record)
        rows, size = rows + 1, size + len(row)
        full = rows == batch or size > _LARGEST
        yield b"%b%b%b%b" % (
            insert if rows == 1 else b",",
            row,
            b";" if full else b"",
            b"\n" if record[-1:] == b"\n" else b"",
        )
        if full:
            rows = size = 0
    yield (b";" if rows else b"") + b"COMMIT;\n"


def name(text: str) -> str:
    """A quoted name."""
    return "`" + text.replace("`", "``") + "`"


def _row(record: bytes) -> bytes:
    text = record.removesuffix(b"\n").removesuffix(b"\r")
    if b'"' not in text:
        return b"(" + b",".join(map(_bare, text.split(b","))) + b")"
    fields = _FIELD.finditer(text)
    return (
        b"(" + b",".join(_bare(field["bare"]) if field["quoted"] is None else _quoted(field) for field in fields) + b")"
    )


def _bare(field: bytes) -> bytes:
    return b"'" + field.replace(b"'", b"''") + b"'" if field else b"NULL"


def _quoted(field: re.Match[bytes]) -> bytes:
    return b"'" + field["quoted"].replace(b'""', b'"').replace(b"'", b"''") + b"'"
