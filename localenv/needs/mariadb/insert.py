"""Rows as INSERT statements for MariaDB and MySQL, one row per line."""

from collections.abc import Iterable, Iterator

from localenv.needs import Row

_LARGEST = 1 << 20  # bytes of one statement: a server accepts 16 MiB by default
_ESCAPES = str.maketrans({"\\": r"\\", "'": "''", "\n": r"\n", "\r": r"\r"})

# enables backslash escapes, and zero in an auto-increment column; without a newline, so that the first row is on line 1
_OPENING = (
    b"SET SESSION sql_mode = CONCAT_WS(',', REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''), 'NO_AUTO_VALUE_ON_ZERO'); "
    b"START TRANSACTION; "
)


def statements(table: str, columns: tuple[str, ...], rows: Iterable[Row], batch: int) -> Iterator[bytes]:
    """The statements in one transaction, each of at most `batch` rows."""
    target = ".".join(map(name, table.split(".")))
    insert = f"INSERT INTO {target} ({', '.join(map(name, columns))}) VALUES ".encode()  # noqa: S608 - quoted names
    yield _OPENING
    count = size = 0
    for row in rows:
        values = _values(row)
        count, size = count + 1, size + len(values)
        full = count == batch or size > _LARGEST
        yield b"%b%b%b\n" % (insert if count == 1 else b",", values, b";" if full else b"")
        if full:
            count = size = 0
    yield (b";" if count else b"") + b"COMMIT;\n"


def name(text: str) -> str:
    """A quoted identifier."""
    return "`" + text.replace("`", "``") + "`"


def _values(row: Row) -> bytes:
    return f"({','.join(['NULL' if field is None else _quoted(field) for field in row])})".encode()


def _quoted(text: str) -> str:
    return f"'{text.translate(_ESCAPES)}'"
