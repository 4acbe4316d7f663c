"""Read files of a repository that is described: no file that a link leads out of it, and no more than is needed."""

from functools import cache
from pathlib import Path

from localenv.host import contained

_MOST = 1 << 20  # characters
_HEAD = 4096  # characters in which a document says what it is


def text(file: Path, *, within: Path | None = None, most: int = _MOST) -> str:
    """The first characters of a file; empty if it cannot be read, or is outside of the folder `within`.

    Without `within` it may be anywhere in the git repository that its folder is in.
    """
    try:
        if not file.is_file() or not contained.is_within(file, [within or _top(file.parent)]):
            return ""
        with file.open(encoding="utf-8-sig", errors="replace") as opened:
            return opened.read(most)
    except (OSError, ValueError):  # a name that no file can have
        return ""


def head(file: Path) -> str:
    """The first lines of a document; empty if it cannot be read."""
    return text(file, most=_HEAD)


@cache
def _top(folder: Path) -> Path:
    """The top of the repository that a folder is in; the folder itself if it is in none."""
    here = folder.absolute()
    return next((one for one in (here, *here.parents) if (one / ".git").exists()), here)
