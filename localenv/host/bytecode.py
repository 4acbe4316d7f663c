"""The compiled modules of localenv itself."""

import sys
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


def _is_there() -> bool:
    """Whether this module, and so the others, is already compiled."""
    return __spec__ is not None and __spec__.cached is not None and Path(__spec__.cached).exists()
