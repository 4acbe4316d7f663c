"""Where an environment's guard is: a socket with a path short enough for the kernel, and a file that records it."""

import json
import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from localenv import paths
from localenv.host import files

MARK = "LOCALENV_GUARD"  # the environment variable of processes of an environment
OWNER = "LOCALENV_OWNER"  # PID:START of the process that runs a program: its overrides end with it


class Unsafe(Exception):  # noqa: N818 - named after the problem
    """The folder for sockets belongs to another user, or cannot be created."""


def socket_of(folder: Path, *, make: bool = True) -> Path:
    """The socket for the environment whose state is in `folder`; raises Unsafe. Creates its folder with `make`."""
    return _sockets(make=make) / f"{sha256(os.fsencode(folder)).hexdigest()[:24]}.sock"


def socket_left(folder: Path) -> Path | None:
    """The socket of a guard whose record is missing, because the state folder was deleted; it may be dead."""
    with suppress(Unsafe):
        found = socket_of(folder, make=False)
        return found if found.is_socket() else None
    return None


def owned_by(pid: int, start: int) -> str:
    """The variable, `NAME=value`, of programs that this process runs."""
    return f"{OWNER}={pid}:{start}"


def read(folder: Path) -> dict[str, Any]:
    """The record of the guard: `socket`, `pid`, `start`, `boot`, `children`; empty if there is none."""
    return files.read_json(paths.guard_record(folder))


def write(folder: Path, document: dict[str, Any]) -> None:
    """Replace the record atomically."""
    files.write(paths.guard_record(folder), json.dumps(document))


def _sockets(*, make: bool) -> Path:
    """`$XDG_RUNTIME_DIR/localenv`, else this user's folder in /tmp: a short, private path."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(given) / "localenv" if given.startswith("/") and len(given) < 50 and Path(given).is_dir() else None
    folder = folder or Path("/tmp") / f"localenv-{os.getuid()}"  # noqa: S108 - checked below
    if not make and not folder.is_dir():
        return folder
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except PermissionError as error:
        raise Unsafe(f"cannot create {folder}; set XDG_RUNTIME_DIR to another folder") from error
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & 0o077:
        raise Unsafe(f"{folder} is not a private folder of this user")
    return folder
