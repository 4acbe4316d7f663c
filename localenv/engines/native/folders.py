"""Folders of data that are made once in the cache, cloned from there, and removed."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from localenv import paths, process
from localenv.engines.native import scripts
from localenv.engines.native.environment import way
from localenv.engines.native.program import Program
from localenv.errors import EngineError
from localenv.host.background import side_by_side
from localenv.process import Invocation


def note(folder: Path, about: str) -> None:
    """Say what something in the cache holds, whose name is a hash."""
    with contextlib.suppress(OSError):
        _note(folder).write_text(about)


def noted(folder: Path) -> str:
    """What is said of it; empty where nothing is."""
    try:
        return _note(folder).read_text()
    except OSError:
        return ""


def unnote(folder: Path) -> None:
    """It is gone."""
    _note(folder).unlink(missing_ok=True)


def _note(folder: Path) -> Path:
    return paths.about(folder)


def made_once(folder: Path, make: Callable[[Path], None], about: str) -> Path:
    """The folder, made by `make` where it is missing: it appears whole or not at all, also with others at it.

    `about` says what it holds.
    """
    if folder.is_dir():
        folder.touch()  # it is of use
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as room:
        made = Path(room) / "data"
        make(made)
        with contextlib.suppress(OSError):  # another was quicker
            made.rename(folder)
    note(folder, about)
    return folder


def take(source: Path, target: Path) -> None:
    """Put a copy at `target`, where nothing or an empty folder is: the one that lies ready, else one made now."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        _spare(source).rename(target)
    except OSError:  # there is none, or it lies on another disk
        clone(source, target)


def spare(source: Path) -> Program:
    """What makes another that lies ready, at the machine's leisure."""
    return Program(
        argv=scripts.argv("spare", str(source), str(_spare(source))), environment=way(), folder=source.parent
    )


def clone(source: Path, target: Path) -> None:
    """Put a copy at `target`, where nothing or an empty folder is: blocks are shared where the file system can."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as room:
        made = Path(room) / "data"
        flags = ("-Rpc",) if sys.platform == "darwin" else ("-a", "--reflink=auto")
        code = process.run(Invocation(argv=("cp", *flags, str(source), str(made)))).code
        if code < 0:  # it was interrupted: no copy is wanted
            raise EngineError(f"the copy of {source} was ended by signal {-code}")
        if code != 0:  # a cp without such flags
            shutil.rmtree(made, ignore_errors=True)
            shutil.copytree(source, made, symlinks=True)
        if target.is_dir():
            target.rmdir()
        made.rename(target)


def remove(folder: Path) -> None:
    """Remove what there is of a folder; side by side, as a database has a thousand files (measured: half the time)."""
    inside = () if folder.is_symlink() else [each for each, _, _ in os.walk(folder)]
    side_by_side(_empty, inside, at_once=os.cpu_count())
    shutil.rmtree(folder, ignore_errors=True)


def _empty(folder: str) -> None:
    """Remove the files of a folder; what cannot be removed is left."""
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for one in found:
            if not one.is_dir(follow_symlinks=False):
                os.unlink(one.path)  # noqa: PTH108 - pathlib takes as long again


def _spare(source: Path) -> Path:
    return source.with_suffix(".spare")
