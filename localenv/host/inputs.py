"""The files something is made from, and a digest that changes when they do."""

from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from localenv.host import contained
from localenv.host import tracked as git

_NOT_SOURCES = {".git", ".venv", "__pycache__", "node_modules", ".localenv"}


def tracked(folder: Path) -> tuple[Path, ...]:
    """The files git knows or would take below a folder; outside git, all but what is plainly not source."""
    names = git.tracked(folder)
    if names is None:
        return _walked(folder)
    return tuple(path for path in (folder / name for name in names) if _counts(path))


def digest(files: Iterable[Path], *, base: Path, more: str = "") -> str:
    """A digest over names (relative to `base`), permissions to execute and contents, and over `more`."""
    total = sha256(more.encode(errors="surrogateescape"))
    for file in sorted(set(files)):
        name = file.relative_to(base) if file.is_relative_to(base) else file
        total.update(f"\0{name}\0{_kind(file)}\0".encode(errors="surrogateescape"))
        total.update(_content(file, base))
    return total.hexdigest()


def _kind(file: Path) -> str:
    """Whether it can be executed, and where it leads if it is a link."""
    mode = "x" if file.lstat().st_mode & 0o100 else "-"
    return mode + (str(file.readlink()) if file.is_symlink() else "")


def _content(file: Path, base: Path) -> bytes:
    """Its content; of a link that leads out of the checkout, or to a device, only where it leads counts."""
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
