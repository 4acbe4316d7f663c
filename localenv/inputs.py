"""The files something is made from, and a digest that changes when they do."""

import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from localenv import process
from localenv.process import Invocation, ProgramMissing

_NOT_SOURCES = {".git", ".venv", "__pycache__", "node_modules", ".localenv"}


def tracked(folder: Path) -> tuple[Path, ...]:
    """The files git knows or would take below a folder; outside git, all but what is plainly not source."""
    listing = ("git", "-C", str(folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".")
    try:
        found = process.run(Invocation(argv=listing))
    except ProgramMissing:
        return _walked(folder)
    if found.code != 0:
        return _walked(folder)
    if "\ufffd" in found.output:  # a name that is not UTF-8
        return _walked(folder)
    names = found.output.split("\0")
    names[:1] = [_without_warnings(names[0], folder)]
    return tuple(path for path in (folder / name for name in sorted(set(names)) if name) if _counts(path))


def digest(files: Iterable[Path], *, base: Path, more: str = "") -> str:
    """A digest over names (relative to `base`), permissions to execute and contents, and over `more`."""
    total = sha256(more.encode(errors="surrogateescape"))
    for file in sorted(set(files)):
        name = file.relative_to(base) if file.is_relative_to(base) else file
        total.update(f"\0{name}\0{_kind(file)}\0".encode(errors="surrogateescape"))
        total.update(_content(file))
    return total.hexdigest()


def _kind(file: Path) -> str:
    """Whether it can be executed, and where it leads if it is a link."""
    mode = "x" if file.lstat().st_mode & 0o100 else "-"
    return mode + (str(file.readlink()) if file.is_symlink() else "")


def _content(file: Path) -> bytes:
    inner = sha256()
    with suppress(FileNotFoundError, IsADirectoryError, PermissionError), file.open("rb") as opened:
        while block := opened.read(1 << 20):
            inner.update(block)
    return inner.digest()


def _without_warnings(name: str, folder: Path) -> str:
    """The first name without the lines before it, in which git warns of folders it may not read."""
    lines = name.split("\n")
    ends = ("\n".join(lines[at:]) for at in range(len(lines)))
    return next((end for end in ends if os.path.lexists(folder / end)), "")


def _counts(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def _walked(folder: Path) -> tuple[Path, ...]:
    files = (path for path in sorted(folder.rglob("*")) if _counts(path))
    return tuple(path for path in files if not _NOT_SOURCES.intersection(path.relative_to(folder).parts))
