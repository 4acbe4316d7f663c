"""Data folders: created once in the cache, cloned, and removed."""

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from localenv import process
from localenv.engines.native import scripts, shared_memory
from localenv.engines.native.environment import way
from localenv.engines.native.program import Program
from localenv.errors import EngineError
from localenv.host import locks
from localenv.host.background import side_by_side
from localenv.paths import caches, homes
from localenv.process import Invocation

LARGEST = 1 << 30  # bytes of the empty databases of one kind
_LARGEST_SETUPS = 4 << 30  # of prepared folders
_LARGEST_FILES = 256 << 20  # of each folder with small files
_FEW = 8  # entries that are certainly less
_MANY = 32  # entries that are probably more; they are removed without waiting for an idle processor
_PATIENCE = 10.0  # seconds for that
_DAY = 86400.0  # seconds


def describe(folder: Path, about: str) -> None:
    """Record what a cache entry holds, because its name is a hash."""
    with contextlib.suppress(OSError):
        caches.about(folder).write_text(about)


def description(folder: Path) -> str:
    """The recorded text; empty if there is none."""
    try:
        return caches.about(folder).read_text()
    except OSError:
        return ""


def remove_description(folder: Path) -> None:
    """Remove the recorded text."""
    caches.about(folder).unlink(missing_ok=True)


def made_once(folder: Path, make: Callable[[Path], None], about: str) -> Path:
    """The folder, created by `make` if it is missing: atomically, also with concurrent processes.

    `about` describes its content.
    """
    if folder.is_dir():
        folder.touch()  # marks it as used
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with room(folder.parent, ".making-") as place:
        made = place / "data"
        make(made)
        with contextlib.suppress(OSError):  # another process was faster
            made.rename(folder)
    describe(folder, about)
    _bound_at_once(folder.parent)
    return folder


@contextlib.contextmanager
def room(parent: Path, prefix: str) -> Iterator[Path]:
    """A temporary folder in the cache, locked while it is used: `is_in_use` distinguishes those of killed processes."""
    while True:
        with (
            tempfile.TemporaryDirectory(dir=parent, prefix=prefix, ignore_cleanup_errors=True) as name,
            locks.tried(Path(name)) as is_held,
        ):
            if is_held:
                yield Path(name)
                return
        # another process has removed it before it was locked


def is_in_use(place: Path) -> bool:
    """Whether a process works in a folder created by `room`."""
    with locks.tried(place) as is_free:
        return not is_free


def take(source: Path, target: Path) -> None:
    """Put a copy at `target`, which is empty or does not exist: a spare copy if there is one, else a new one."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        caches.spare(source).rename(target)
    except OSError:  # there is no spare, or it is on another disk
        clone(source, target)


def spare(source: Path) -> Program:
    """The program that creates a spare copy in the background."""
    return Program(
        argv=scripts.argv("spare", str(source), str(caches.spare(source))), environment=way(), folder=source.parent
    )


def bounded(folder: Path) -> tuple[Program, ...]:
    """The program that removes the longest unused entries of a folder of databases, if it may be too large."""
    if len(caches.entries(folder)) <= _FEW:
        return ()
    return (_bounding("entries", folder, LARGEST),)


def _bound_at_once(folder: Path) -> None:
    """Remove the longest unused of many entries now: short environments end before anything runs at idle priority."""
    if len(caches.entries(folder)) > _MANY:
        one = _bounding("entries", folder, LARGEST)
        with contextlib.suppress(process.TimedOut):
            process.run(Invocation(argv=one.argv, environment=one.environment, folder=one.folder), timeout=_PATIENCE)


def bounds() -> tuple[Program, ...]:
    """The programs that do the same for the other folders in the cache that have become larger."""
    setups, states = caches.setups(), homes.states()
    made = max((_changed(room / "done") for room in setups.glob("[!.]*")), default=0.0)
    prepared = (_bounding("entries", setups, _LARGEST_SETUPS, str(states)),) if made > _bounded(setups) else ()
    others = (caches.pycache(), caches.digests(), caches.versions(), caches.builds())
    due = [one for one in others if one.is_dir() and _bounded(one) < time.time() - _DAY]
    return (*prepared, *(_bounding("files", one, _LARGEST_FILES) for one in due))


def _bounding(kind: str, folder: Path, largest: int, *more: str) -> Program:
    argv = scripts.argv("bound", kind, str(folder), str(largest), *more)
    return Program(argv=argv, environment=way(), folder=folder)


def _bounded(folder: Path) -> float:
    """When what is too much was last removed from a folder."""
    return _changed(caches.bounded(folder))


def _changed(file: Path) -> float:
    with contextlib.suppress(OSError):
        return file.stat().st_mtime
    return 0.0


def clone(source: Path, target: Path) -> None:
    """Put a copy at `target`, which is empty or does not exist; shares blocks if the file system can."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        locks.shared(source),
        tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as room,
    ):
        made = Path(room) / "data"
        flags = ("-Rpc",) if sys.platform == "darwin" else ("-a", "--reflink=auto")
        code = process.run(Invocation(argv=("cp", *flags, str(source), str(made)))).code
        if code < 0:  # interrupted
            raise EngineError(f"the copy of {source} was ended by signal {-code}")
        if code != 0:  # a cp without such flags
            shutil.rmtree(made, ignore_errors=True)
            shutil.copytree(source, made, symlinks=True)
        if target.is_dir():
            target.rmdir()
        made.rename(target)


def remove(folder: Path) -> None:
    """Remove a folder, if it exists; in parallel, as a database has a thousand files (measured: half the time)."""
    for place in (folder, folder / "data"):
        shared_memory.release(place)
    inside = () if folder.is_symlink() else [each for each, _, _ in os.walk(folder)]
    side_by_side(_empty, inside, at_once=os.cpu_count())
    shutil.rmtree(folder, ignore_errors=True)


def _empty(folder: str) -> None:
    """Remove the files of a folder; errors are ignored."""
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for one in found:
            if not one.is_dir(follow_symlinks=False):
                os.unlink(one.path)  # noqa: PTH108 - pathlib takes as long again
