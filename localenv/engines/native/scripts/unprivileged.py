"""Start a program that requires a named user other than root: in a user namespace, else under another uid.

Run as a script, by `-I -S`: `unprivileged.py FOLDER PROGRAM ARGUMENT…`; FOLDER holds its data. Standard library only.

In the namespace, the process keeps its files but has another uid; no file changes its owner. If the kernel or a
container's rules forbid that, root gives FOLDER to an ordinary uid and switches to it. Shared memory is separated from
the machine's if possible, so that a killed program leaves none behind.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

_NEW_USER, _NEW_IPC = 0x10000000, 0x08000000
_SET_DEATH_SIGNAL, _GET_DEATH_SIGNAL, _SET_KEEP_CAPABILITIES, _AMBIENT, _RAISE = 1, 2, 8, 47, 2
_SET_SECURE_BITS, _NO_FIXUP = 28, 1 << 2
_CAPABILITIES_VERSION, _DAC_OVERRIDE = 0x20080522, 1


def argv(folder: Path, program: Path, *arguments: str) -> tuple[str, ...]:
    """The command that starts a program this way; without namespaces, an ordinary user gets the program itself."""
    if sys.platform != "linux" and os.geteuid() != 0:
        return (str(program), *arguments)
    return (sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(folder), str(program), *arguments)


def main() -> None:
    """Drop root, then exec the program; its pid and parent stay the same."""
    folder, program, *arguments = sys.argv[1:]
    death = _death_signal()
    if not (sys.platform == "linux" and _can_enter() and _enter()) and os.geteuid() == 0:
        try:
            _become_ordinary(Path(folder))
        except PermissionError as error:
            sys.exit(f"{program} does not run as root, and root cannot become another user here: {error}")
    if death:
        _libc().prctl(_SET_DEATH_SIGNAL, death)  # a change of credentials may have cleared it
    os.execv(program, [program, *arguments])  # noqa: S606 - no shell


def _can_enter() -> bool:
    """Tried in a child process, because a namespace that is half set up cannot be left again."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if _enter() else 1)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _enter() -> bool:
    uid, gid = os.geteuid(), os.getegid()
    inner_uid, inner_gid = (uid, gid) if uid != 0 and _has_name(uid) else _ordinary()
    if _libc().unshare(_NEW_USER | _NEW_IPC) != 0:
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{inner_uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{inner_gid} {gid} 1")
    except OSError:
        return False
    return os.geteuid() == inner_uid


def _become_ordinary(folder: Path) -> None:
    uid, gid = _ordinary()
    _give(folder, uid, gid)
    if sys.platform == "linux":
        _libc().prctl(_SET_SECURE_BITS, _NO_FIXUP, 0, 0, 0)  # otherwise access(2) would deny what open(2) allows
        _libc().prctl(_SET_KEEP_CAPABILITIES, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if sys.platform == "linux":
        _keep_access()


def _give(folder: Path, uid: int, gid: int) -> None:
    for place, names, files in os.walk(folder):
        for name in (".", *names, *files):
            os.chown(Path(place, name), uid, gid, follow_symlinks=False)


def _keep_access() -> None:
    """Keep the capability to access folders that only root may enter, such as root's home."""
    mask = 1 << _DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    if _libc().capset(header, sets) == 0:
        _libc().prctl(_AMBIENT, _RAISE, _DAC_OVERRIDE, 0, 0)


def _has_name(uid: int) -> bool:
    """Whether the system knows the user's name; a container may run as an unknown one."""
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False


def _ordinary() -> tuple[int, int]:
    """A named uid other than root's, which some programs require; the database's own user if it exists."""
    known = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    chosen = next((known[name] for name in ("postgres", "daemon", "nobody") if name in known), None)
    return (chosen.pw_uid, chosen.pw_gid) if chosen else (65534, 65534)


def _death_signal() -> int:
    if sys.platform != "linux":
        return 0
    found = ctypes.c_int()
    _libc().prctl(_GET_DEATH_SIGNAL, ctypes.byref(found), 0, 0, 0)
    return found.value


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


if __name__ == "__main__":
    main()
