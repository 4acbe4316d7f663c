"""Compiled modules: those of localenv itself, and those of services on this machine."""

import glob
import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from localenv.host import disks
from localenv.paths import caches

_ENOUGH = 64 << 20  # bytes for all modules


def keep() -> None:
    """Keep them in the cache where Python may not write them beside the sources (PYTHONDONTWRITEBYTECODE).

    Otherwise every command compiles every module again, which takes longer than the command. No effect where there are
    some, as pip writes them when it installs a package, and none are written on a disk that is nearly full: Python
    takes the half of one that fits for written.
    """
    if sys.dont_write_bytecode and sys.pycache_prefix is None and not _is_there():
        with suppress(OSError, RuntimeError):  # there is no home folder, or it cannot be written
            free = disks.free(caches.folder())
            sys.pycache_prefix = str(caches.pycache())
            sys.dont_write_bytecode = free is not None and free[0] < _ENOUGH


def start_anew() -> None:
    """Remove the kept ones, one of which is damaged, and start this program again; no effect if none are kept."""
    if sys.pycache_prefix == str(caches.pycache()):
        shutil.rmtree(sys.pycache_prefix, ignore_errors=True)
        if not Path(sys.pycache_prefix).exists():
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - argv, never a shell


def is_damaged(error: Exception) -> bool:
    """Whether an import has failed because a kept one is damaged; then they are removed."""
    if sys.pycache_prefix != str(caches.pycache()) or not isinstance(error, EOFError) or "marshal" not in str(error):
        return False
    shutil.rmtree(sys.pycache_prefix, ignore_errors=True)
    return True


def forget(files: Iterable[Path]) -> None:
    """Remove what services have compiled of these files.

    Python takes it for current if the file has the same size and was saved within the same second.
    """
    for file in (one for one in files if one.suffix == ".py"):
        for folder in {file.parent, file.parent.resolve()}:
            for compiled in Path(f"{caches.pycache()}{folder}").glob(f"{glob.escape(file.stem)}.*.pyc"):
                with suppress(OSError):
                    compiled.unlink()


def _is_there() -> bool:
    """Whether this module, and so the others, is already compiled."""
    return __spec__ is not None and __spec__.cached is not None and Path(__spec__.cached).exists()
