"""Whether git can read a checkout's own folder without waiting: a pipe without a writer would stop it."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_LONGEST = 4096  # bytes of the path in a `.git` file
_POINTER = b"gitdir:"


def is_readable(checkout: Path) -> bool:
    """Whether nothing that git opens first in it is a pipe or a device, also where links lead."""
    return all(_ends(place) for folder in _folders(checkout) for place in (folder, folder / "info"))


def _folders(checkout: Path) -> Iterator[Path]:
    """Its git folder, and that of the checkout it is a worktree of."""
    own = checkout / ".git"
    pointed = own.is_file() and _content(own).removeprefix(_POINTER).strip()
    folder = checkout / os.fsdecode(pointed) if pointed else own
    yield folder
    if (folder / "commondir").is_file() and (common := _content(folder / "commondir").strip()):
        yield folder / os.fsdecode(common)


def _content(file: Path) -> bytes:
    with suppress(OSError), file.open("rb") as opened:
        return opened.read(_LONGEST)
    return b""


def _ends(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            modes = [one.stat().st_mode for one in entries if not one.is_symlink() or os.path.exists(one)]  # noqa: PTH110
    except FileNotFoundError:
        return True  # without `info`, or removed meanwhile
    except (OSError, ValueError):
        return False
    return not any(stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode) for mode in modes)
