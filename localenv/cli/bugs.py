"""Unexpected exceptions: one line for the user, and a file to attach to a report."""

import errno
import os
import platform
import re
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from localenv import paths, redaction
from localenv.errors import InternalError, LocalenvError, shortages
from localenv.host import bytecode, disks, files

_OF_THE_MACHINE = frozenset({
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO,
    errno.ELOOP, errno.ENAMETOOLONG, errno.ENOMEM, errno.EAGAIN, errno.ESTALE, errno.EFBIG,
})  # fmt: skip
_FULL = (errno.ENOSPC, errno.EDQUOT)
_LITTLE = 1 << 16  # bytes
_THREADS = "can't start new thread"  # Python's message for a limit of the user or the machine
_LINKS = "a link leads to itself"
_LOOP = "Symlink loop from "
_NUMBER = re.compile(r"\[Errno (\d+)\]")


def as_error(error: Exception, own: Sequence[str]) -> LocalenvError:
    """The error for an unexpected exception; `own` are the arguments of localenv, without those of a program."""
    if isinstance(error, shutil.Error):
        error = _first(error)
    if isinstance(error, OSError):
        hint = _movable_hint(error.filename)
        if hint or error.errno in _OF_THE_MACHINE:
            place = str(error.filename or "") or (", ".join(_full()) if error.errno in _FULL else "")
            where = f"{place}: " if place else ""
            return LocalenvError(f"{where}{error.strerror}", hint=hint or _hint(error.errno, place))
    if found := _of_python(error):
        return found
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return InternalError(f"a bug in localenv: {what[:300]}; {_written(error, own)}")


def _first(error: shutil.Error) -> OSError:
    """The first of the errors that a copy of a folder was ended by, which it has as texts."""
    with suppress(LookupError, TypeError, ValueError):
        _, target, why = error.args[0][0]
        if found := _NUMBER.search(str(why)):
            return OSError(int(found[1]), os.strerror(int(found[1])), str(target))
    return error


def _of_python(error: Exception) -> LocalenvError | None:
    """The error for a limit of the machine that Python reports with a generic exception."""
    if _THREADS in str(error):
        return LocalenvError(
            "cannot start another thread: the limit of processes or memory is reached",
            hint=shortages.THREADS,
        )
    if isinstance(error, RuntimeError) and str(error).startswith(_LOOP):
        return LocalenvError(f"{str(error).removeprefix(_LOOP)}: too many levels of symbolic links", hint=_LINKS)
    if bytecode.is_damaged(error):
        return LocalenvError("a compiled module in the cache was damaged, and is removed", hint="repeat the command")
    if isinstance(error, MemoryError):
        return LocalenvError("out of memory", hint=shortages.MEMORY)
    return (
        LocalenvError("nested too deeply", hint="in a description or a template")
        if isinstance(error, RecursionError)
        else None
    )


def _hint(number: int | None, place: str) -> str:
    match number:
        case errno.ENOSPC | errno.EDQUOT:
            if place and not any(map(Path(place).is_relative_to, paths.movable())):
                return "free some space on its disk"
            movable = ", ".join(f"{folder} ({variable})" for folder, variable in paths.movable().items())
            return f"free some space; localenv writes to {movable}"
        case errno.EIO:
            return "the disk reports an error: see dmesg"
        case errno.ELOOP:
            return _LINKS
    return shortages.hint(number)


def _full() -> list[str]:
    """What localenv writes to whose disk is full: its folders, or its output."""
    places = (*paths.movable(), Path(os.environ.get("TMPDIR", "/tmp")), Path())  # noqa: S108 - nothing is written
    left = {place: disks.free(place) for place in places}
    full = [str(place) for place, free in left.items() if free and (free[0] < _LITTLE or not free[1])]
    return full or ["the output"]


def _movable_hint(refused: object) -> str:
    """The hint for a folder of localenv that cannot be created."""
    for folder, variable in paths.movable().items():
        if isinstance(refused, str) and folder.is_relative_to(refused):
            return f"localenv writes to {folder}; set {variable} to use another folder"
    return ""


def _written(error: Exception, own: Sequence[str]) -> str:
    try:
        return f"details: {write(error, own)}"
    except OSError as second:
        return f"could not write the details: {second}"


def write(error: Exception, own: Sequence[str] = ()) -> Path:
    """Write the traceback to a file that only the user can read."""
    file = paths.report(f"bug-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09}")
    lines = [
        f"localenv {_version()}, Python {platform.python_version()}, {platform.platform()}",
        f"arguments: {list(own)}",
        "",
        "".join(traceback.format_exception(error)),
    ]
    files.write(file, redaction.redacted("\n".join(lines)))
    return file


def _version() -> str:
    try:
        return version("localenv")
    except PackageNotFoundError:
        return f"from {Path(sys.argv[0]).name}"
