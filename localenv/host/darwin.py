"""What macOS, which has no /proc, knows of a process and of its own start: from libproc and sysctl."""

import ctypes
import errno
from functools import cache

_BSD_INFO = 3  # PROC_PIDTBSDINFO
_MICROSECONDS = 1_000_000
_UUID = 37  # bytes, with the one that ends it

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
        """When it started, in microseconds since 1970."""
        return int(self.start_seconds * _MICROSECONDS + self.start_microseconds)


def started(pid: int) -> int:
    """When a process started, as `kernel.started` promises; 0 for one of another user, which may not be looked at.

    The kernel finds no zombie where it is asked as here, with an argument of 0.
    """
    info, size = BsdInfo(), ctypes.sizeof(BsdInfo)
    ctypes.set_errno(0)
    if _library().proc_pidinfo(pid, _BSD_INFO, ctypes.c_uint64(0), ctypes.byref(info), size) == size:
        return info.start
    return 0 if ctypes.get_errno() == errno.EPERM else -1


def boot() -> str:
    """Which start of the machine this is; empty where the kernel does not tell."""
    text, size = ctypes.create_string_buffer(_UUID), ctypes.c_size_t(_UUID)
    name = b"kern.bootsessionuuid"
    failed = _library().sysctlbyname(name, text, ctypes.byref(size), None, ctypes.c_size_t(0))
    return "" if failed else text.value.decode()


@cache
def _library() -> ctypes.CDLL:
    """The library that every program of macOS has, and libproc in it."""
    return ctypes.CDLL(None, use_errno=True)
