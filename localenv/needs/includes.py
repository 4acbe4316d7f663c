"""Files that an SQL file includes: `\\ir tables.sql`, `SOURCE tables.sql`."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from localenv.needs.files import SQL, ending, is_compressed
from localenv.needs.kinds import KINDS

_MOST = 1000  # files
_PIECE, _LINE = 1 << 20, 1 << 16  # bytes
_PIECES = 128  # of a file: what a dump of gigabytes includes, it includes at its beginning


def named(file: Path, kind: str) -> tuple[Path, ...]:
    """The included files that exist, recursively; empty for a file that is not plain SQL."""
    if ending(file) != SQL or is_compressed(file):
        return ()
    found: dict[Path, None] = {}
    left = [file]
    while left and len(found) < _MOST:
        one = left.pop()
        fresh = [path for path in _directly(one, file.parent, kind) if path not in found]
        found |= dict.fromkeys(fresh)
        left += [path for path in fresh if ending(path) == SQL]
    return tuple(found)


def _directly(file: Path, folder: Path, kind: str) -> list[Path]:
    """Look beside the file itself, and beside the top-level file."""
    sql = KINDS[kind].sql
    assert sql is not None
    try:
        with file.open("rb") as opened:
            matches = [match for piece in _pieces(opened) for match in sql.INCLUDED.finditer(piece)]
    except OSError:
        return []
    found = [next(filter(None, match.groups())) for match in matches]
    names = [name.decode(errors="surrogateescape") for name in found]
    paths = [base / name for name in names for base in (file.parent, folder)]
    return [path for path in paths if "\0" not in str(path) and path.is_file()]


def _pieces(opened: BinaryIO) -> Iterator[bytes]:
    """Whole lines, not all at once: it may be a large dump."""
    for _ in range(_PIECES):
        if not (piece := opened.read(_PIECE)):
            return
        yield piece + opened.readline(_LINE)
