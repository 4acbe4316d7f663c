"""Process and boot information on macOS, which has no /proc: from libproc and sysctl."""

import ctypes
import errno
from functools import cache

_BSD_INFO = 3  # PROC_PIDTBSDINFO
_MICROSECONDS = 1_000_000
_UUID = 37  # bytes, with the final NUL

_INTEGER = ctypes.c_uint32


class BsdInfo(ctypes.Structure):
    """`struct proc_bsdinfo` of Apple's sys/proc_info.h."""

    _fields_ = (
        ("flags", _INTEGER),
        ("status", _INTEGER),
        ("xstatus", _INTEGER),
        ("pid", _INTEGER),
        ("ppid", _INTEGER),
        ("uid", _INTEGER),
        ("gid", _INTEGER),
        ("ruid", _INTEGER),
        ("rgid", _INTEGER),
        ("svuid", _INTEGER),
        ("svgid", _INTEGER),
        ("reserved", _INTEGER),
        ("comm", ctypes.c_char * 16),
        ("name", ctypes.c_char * 32),
        ("nfiles", _INTEGER),
        ("pgid", _INTEGER),
        ("pjobc", _INTEGER),
        ("tdev", _INTEGER),
        ("tpgid", _INTEGER),
        ("nice", ctypes.c_int32),
        ("start_seconds", ctypes.c_uint64),
        ("start_microseconds", ctypes.c_uint64),
    )

    @property
    def start(self) -> int:
        """The start time, in microseconds since 1970."""
        return int(self.start_seconds * _MICROSECONDS + self.start_microseconds)


def started(pid: int) -> int:
    """The start time of a process, for `kernel.started`; 0 for a process of another user, which cannot be inspected.

    With an argument of 0, the kernel does not find zombies.
    """
    info, size = BsdInfo(), ctypes.sizeof(BsdInfo)
    ctypes.set_errno(0)
    if _library().proc_pidinfo(pid, _BSD_INFO, ctypes.c_uint64(0), ctypes.byref(info), size) == size:
        return info.start
    return 0 if ctypes.get_errno() == errno.EPERM else -1


def boot() -> str:
    """An id of the current boot; empty if the kernel does not report it."""
    text, size = ctypes.create_string_buffer(_UUID), ctypes.c_size_t(_UUID)
    name = b"kern.bootsessionuuid"
    failed = _library().sysctlbyname(name, text, ctypes.byref(size), None, ctypes.c_size_t(0))
    return "" if failed else text.value.decode()


@cache
def _library() -> ctypes.CDLL:
    """The library that every macOS program links, which includes libproc."""
    return ctypes.CDLL(None, use_errno=True)
