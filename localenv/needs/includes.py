"""Files that an SQL file includes: `\\ir tables.sql`, `SOURCE tables.sql`."""

from pathlib import Path

from localenv.needs.files import SQL, ending, is_compressed
from localenv.needs.kinds import KINDS

_MOST = 1000  # files


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
    try:
        text = file.read_bytes() if sql else b""
    except OSError:
        return []
    assert sql is not None
    names = [
        next(filter(None, match.groups())).decode(errors="surrogateescape") for match in sql.INCLUDED.finditer(text)
    ]
    paths = [base / name for name in names for base in (file.parent, folder)]
    return [path for path in paths if "\0" not in str(path) and path.is_file()]
