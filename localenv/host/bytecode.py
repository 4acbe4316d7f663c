"""Compiled modules: those of localenv itself, and those of services on this machine."""

import glob
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from localenv.paths import caches


def keep() -> None:
    """Keep them in the cache where Python may not write them beside the sources (PYTHONDONTWRITEBYTECODE).

    Otherwise every command compiles every module again, which takes longer than the command. No effect where there are
    some, as pip writes them when it installs a package.
    """
    if sys.dont_write_bytecode and sys.pycache_prefix is None and not _is_there():
        with suppress(OSError, RuntimeError):  # there is no home folder, or it cannot be written
            caches.folder()
            sys.pycache_prefix, sys.dont_write_bytecode = str(caches.pycache()), False


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
