"""What cannot happen, and did: one line for the person, and a file with the rest to attach to a report."""

import errno
import platform
import sys
import time
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from localenv import paths, redaction
from localenv.errors import InternalError, LocalenvError
from localenv.host import files

_OF_THE_MACHINE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EMFILE})


def told(error: Exception, own: Sequence[str]) -> LocalenvError:
    """What to tell of an exception that nobody expected; `own` are localenv's own arguments, without a program's."""
    if isinstance(error, OSError):
        hint = _another_place(error.filename)
        if hint or error.errno in _OF_THE_MACHINE:
            where = f"{error.filename}: " if error.filename else ""
            return LocalenvError(f"{where}{error.strerror}", hint=hint)
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return InternalError(f"localenv: a bug in localenv: {what[:300]}; {_written(error, own)}")


def _another_place(refused: object) -> str:
    """What to do where a folder that localenv writes in cannot be made, for that one or one above it is refused."""
    for folder, variable in paths.movable().items():
        if isinstance(refused, str) and folder.is_relative_to(refused):
            return f"localenv writes in {folder}: {variable} may name another place"
    return ""


def _written(error: Exception, own: Sequence[str]) -> str:
    try:
        return f"details are in {write(error, own)}"
    except OSError as second:
        return f"details could not be written: {second}"


def write(error: Exception, own: Sequence[str] = ()) -> Path:
    """The traceback in a file that its user alone can read."""
    file = paths.reports() / f"bug-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09}.log"
    told = [
        f"localenv {_version()}, Python {platform.python_version()}, {platform.platform()}",
        f"arguments: {list(own)}",
        "",
        "".join(traceback.format_exception(error)),
    ]
    files.write(file, redaction.redacted("\n".join(told)))
    return file


def _version() -> str:
    try:
        return version("localenv")
    except PackageNotFoundError:
        return f"from {Path(sys.argv[0]).name}"
