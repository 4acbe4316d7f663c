"""Run a program that sees earlier versions of some files in their places: in a mount namespace of its own.

Run as a script, by `-I -S`: `earlier.py FILES PROGRAM ARGUMENT…`; FILES is JSON, a list of a file, what is seen in its
place, and its digest: one that has changed since is seen as it is. Standard library only. Nobody else sees the earlier
files, and the files themselves are not touched.
"""

import ctypes
import json
import os
import sys
from hashlib import sha256
from pathlib import Path

_NEW_MOUNTS, _NEW_USER = 0x00020000, 0x10000000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000
_SET_DEATH_SIGNAL, _GET_DEATH_SIGNAL = 1, 2
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Mount the earlier files, then exec the program; its pid and parent stay the same."""
    files, *argv = sys.argv[1:]
    if sys.platform != "linux":
        sys.exit("earlier versions of files can be shown to a program on Linux only")
    signal = ctypes.c_int()
    _LIBC.prctl(_GET_DEATH_SIGNAL, ctypes.byref(signal), 0, 0, 0)
    try:
        _enter()
        for path, earlier, broken in json.loads(files):
            if digest(Path(path)) == broken:
                _mount(earlier, path, _BIND)
    except OSError as error:
        sys.exit(f"earlier versions of files cannot be shown to a program on this machine: {error}")
    if signal.value:
        _LIBC.prctl(_SET_DEATH_SIGNAL, signal.value)  # a change of credentials may have cleared it
    os.execvp(argv[0], argv)  # noqa: S606 - no shell


def digest(path: Path) -> str:
    """The digest of a file; empty if it cannot be read."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _enter() -> None:
    """A mount namespace; an ordinary user needs a user namespace around it."""
    uid, gid = os.geteuid(), os.getegid()
    if _LIBC.unshare(_NEW_MOUNTS) != 0:
        if _LIBC.unshare(_NEW_MOUNTS | _NEW_USER) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    _mount("none", "/", _RECURSIVE | _PRIVATE)


def _mount(source: str, target: str, flags: int) -> None:
    if _LIBC.mount(os.fsencode(source), os.fsencode(target), None, flags, None) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), target)


if __name__ == "__main__":
    main()
