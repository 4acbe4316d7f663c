"""Input files of builds and steps, and a digest that changes when they do."""

import os
import stat
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from localenv.host import contained
from localenv.host import files as writing
from localenv.host import tracked as git
from localenv.paths import caches

_MANY = 500  # files; reading more takes longer than checking their times
_RECENT = 2.0  # seconds after which a change of a file shows in its times
_LARGE = 512 << 20  # bytes of files; reading more takes seconds, so sizes and times count
_NOT_SOURCES = {".git", ".venv", "__pycache__", "node_modules", ".localenv"}


def tracked(folder: Path) -> tuple[Path, ...]:
    """The files below a folder that git tracks or would track; outside git, everything except obvious non-sources."""
    names = git.tracked(folder)
    if names is None:
        return _walked(folder)
    return tuple(path for path in (folder / name for name in names) if _counts(path))


def digest(files: Iterable[Path | str], *, base: Path, more: str = "") -> str:
    """A digest over names (relative to `base`), execute permissions and contents, and over `more`.

    Of more than 512 MiB it is one over sizes and times.
    """
    ordered = sorted({*map(str, files)})
    seen = _look(ordered, more)
    if seen.size > _LARGE:
        return seen.digest
    return _read(map(Path, ordered), base, more) if len(ordered) < _MANY else _kept(ordered, base, more, seen)


class _Look(NamedTuple):
    """A hash over names, sizes and times of files, the latest of these times, and their size in total."""

    digest: str
    newest: float
    size: int


def _kept(files: Sequence[str], base: Path, more: str, seen: _Look) -> str:
    """The cached digest if sizes and times are unchanged; else computed again."""
    kept = caches.digest(_key(files, base, more))
    with suppress(OSError, ValueError):
        before, found = kept.read_text().split()
        if before == seen.digest:
            kept.parent.touch()  # marks it as used
            return found
    found = _read(map(Path, files), base, more)
    if seen.newest < time.time() - _RECENT:
        with suppress(OSError):  # a full disk: computed again the next time
            writing.write(kept, f"{seen.digest} {found}")
    return found


def _key(files: Sequence[str], base: Path, more: str) -> str:
    """One for each list of files: several builds have the same folder and leave out other files."""
    whole = "\0".join((str(base), more, *files))
    return sha256(whole.encode(errors="surrogateescape")).hexdigest()[:24]


def _look(files: Iterable[str], more: str) -> _Look:
    seen, newest, size = [more], 0.0, 0
    for file in files:
        with suppress(OSError):
            status = os.lstat(file)
            if stat.S_ISLNK(status.st_mode):
                status = os.stat(file)  # noqa: PTH116 - thousands
            newest = max(newest, status.st_mtime, status.st_ctime)
            size += status.st_size if stat.S_ISREG(status.st_mode) else 0
            times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
            seen.append(f"{file}\0{status.st_mode} {status.st_size} {times} {status.st_ino}")
    return _Look(sha256("\0".join(seen).encode(errors="surrogateescape")).hexdigest(), newest, size)


def _read(files: Iterable[Path], base: Path, more: str) -> str:
    total = sha256(more.encode(errors="surrogateescape"))
    for file in files:
        name = file.relative_to(base) if file.is_relative_to(base) else file
        total.update(f"\0{name}\0{_kind(file)}\0".encode(errors="surrogateescape"))
        total.update(_content(file, base))
    return total.hexdigest()


def _kind(file: Path) -> str:
    """Whether it is executable, and its target if it is a link."""
    try:
        mode = "x" if file.lstat().st_mode & 0o100 else "-"
        return mode + (str(file.readlink()) if file.is_symlink() else "")
    except FileNotFoundError:  # removed since it was listed
        return ""


def _content(file: Path, base: Path) -> bytes:
    """The content of a file; for a device, or a link that leads out of the checkout, only the target."""
    inner = sha256()
    if not file.is_file() or (file.is_symlink() and not contained.is_within(file, [git.top(base) or base])):
        return inner.digest()
    with suppress(FileNotFoundError, IsADirectoryError, PermissionError), file.open("rb") as opened:
        while block := opened.read(1 << 20):
            inner.update(block)
    return inner.digest()


def _counts(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def _walked(folder: Path) -> tuple[Path, ...]:
    files = (path for path in sorted(folder.rglob("*")) if _counts(path))
    return tuple(path for path in files if not _NOT_SOURCES.intersection(path.relative_to(folder).parts))
