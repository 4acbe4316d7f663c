"""The files something is made from, and a digest that changes when they do."""

from collections.abc import Iterable
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
    names = sorted({name for name in found.output.split("\0") if name})
    return tuple(path for path in (folder / name for name in names) if path.is_file() and not path.is_symlink())


def digest(files: Iterable[Path], *, base: Path, more: str = "") -> str:
    """A digest over names (relative to `base`), permissions to execute and contents, and over `more`."""
    total = sha256(more.encode(errors="surrogateescape"))
    for file in sorted(set(files)):
        mode = "x" if file.stat().st_mode & 0o100 else "-"
        name = file.relative_to(base) if file.is_relative_to(base) else file
        total.update(f"\0{name}\0{mode}\0".encode(errors="surrogateescape"))
        total.update(_content(file))
    return total.hexdigest()


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        inner = sha256()
        while block := opened.read(1 << 20):
            inner.update(block)
    return inner.digest()


def _walked(folder: Path) -> tuple[Path, ...]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return tuple(path for path in files if not _NOT_SOURCES.intersection(path.relative_to(folder).parts))
