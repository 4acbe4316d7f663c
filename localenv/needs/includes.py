"""Files that an SQL file includes: `\\ir tables.sql`, `SOURCE tables.sql`."""

import gzip
import re
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import cast

from localenv.host import contained
from localenv.needs.files import SQL, ending, is_compressed
from localenv.needs.kinds import KINDS

_MOST = 1000  # files
_PIECE, _LINE = 1 << 20, 1 << 16  # bytes
_PIECES = 128  # of a file: what a dump of gigabytes includes, it includes at its beginning


def named(file: Path, kind: str, top: Path) -> tuple[Path, ...]:
    """The included files that exist, recursively; empty for a file that is not SQL.

    What leads out of the repository, whose `top` this is, and of the folder of the file, is not even opened.
    """
    if ending(file) != SQL:
        return ()
    found: dict[Path, None] = {}
    left = [file]
    while left and len(found) < _MOST:
        one = left.pop()
        fresh = [path for path in _directly(one, file.parent, kind) if path not in found]
        fresh = [path for path in fresh if contained.is_within(path, (top, file.parent))]
        found |= dict.fromkeys(fresh)
        left += [path for path in fresh if ending(path) == SQL]
    return tuple(found)


def is_any(file: Path, kind: str) -> bool:
    """Whether a file of SQL includes others, also ones whose names only its client knows: `\\ir :file`."""
    return ending(file) == SQL and next(_matches(file, kind), None) is not None


def _directly(file: Path, folder: Path, kind: str) -> list[Path]:
    """Look beside the file itself, and beside the top-level file."""
    found = [next(filter(None, match.groups())) for match in _matches(file, kind)]
    names = [name.decode(errors="surrogateescape") for name in found]
    paths = [base / name for name in names for base in (file.parent, folder)]
    return [path for path in paths if "\0" not in str(path) and path.is_file()]


def _matches(file: Path, kind: str) -> Iterator[re.Match[bytes]]:
    """Up to where it can be read."""
    sql = KINDS[kind].sql
    assert sql is not None
    try:
        with cast(BufferedReader, gzip.open(file)) if is_compressed(file) else file.open("rb") as opened:
            for piece in _pieces(opened):
                yield from sql.INCLUDED.finditer(piece)
    except (OSError, EOFError, zlib.error):
        return


def _pieces(opened: BufferedReader) -> Iterator[bytes]:
    """Whole lines, not all at once: it may be a large dump, or one that ends early."""
    for _ in range(_PIECES):
        if not (piece := opened.read1(_PIECE)):
            return
        yield piece + opened.readline(_LINE)
