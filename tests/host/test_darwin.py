"""Calls of macOS's kernel, with fake C functions: no Mac is needed."""

import ctypes
import errno
import os
import struct
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from localenv.guard import removal, where
from localenv.host import darwin, kernel

BOOT = b"5E6FFEBE-3D0A-4B5E-9D3C-0A9D4A6B7C11"
LAYOUT = "=12I16s32s5Ii2Q"  # struct proc_bsdinfo: the fields before its names, the names, and the rest
PIDINFO = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_int, use_errno=True
)
SYSCTL = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_size_t),
    ctypes.c_void_p,
    ctypes.c_size_t,
    use_errno=True,
)
Processes = dict[int, bytes | int]


def info(pid: int, seconds: int, microseconds: int) -> bytes:
    until_names = (0, 2, 0, pid, 1, 501, 20, 501, 20, 501, 20, 0)
    return struct.pack(LAYOUT, *until_names, b"sixteen bytes wd", b"a name", 3, pid, 0, 0, 0, -5, seconds, microseconds)


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> Callable[[Processes, bytes], None]:
    """A Mac with processes (the kernel's information, or an error, for each) and its boot time."""

    def be(processes: Processes, boot: bytes = BOOT) -> None:
        def proc_pidinfo(pid: int, flavor: int, argument: int, buffer: int, size: int) -> int:
            found = processes.get(pid, errno.ESRCH)
            if (flavor, argument, size) != (3, 0, 136) or isinstance(found, int):
                ctypes.set_errno(found if isinstance(found, int) else errno.EINVAL)
                return 0
            ctypes.memmove(buffer, found, len(found))
            return len(found)

        def sysctlbyname(name: bytes, buffer: int, size: Any, new: int | None, length: int) -> int:
            if (name, new, length) != (b"kern.bootsessionuuid", None, 0) or not boot or size[0] < len(boot) + 1:
                return -1
            size[0] = len(boot) + 1
            ctypes.memmove(buffer, boot + b"\0", len(boot) + 1)
            return 0

        libproc = SimpleNamespace(proc_pidinfo=PIDINFO(proc_pidinfo), sysctlbyname=SYSCTL(sysctlbyname))
        monkeypatch.setattr(darwin, "_library", lambda: libproc)
        monkeypatch.setattr(kernel, "_IS_MAC", True)

    return be


def test_what_the_kernel_tells_of_a_process_lies_where_apples_header_says() -> None:
    assert ctypes.sizeof(darwin.BsdInfo) == struct.calcsize(LAYOUT) == 136
    assert (darwin.BsdInfo.comm.offset, darwin.BsdInfo.name.offset, darwin.BsdInfo.nfiles.offset) == (48, 64, 96)
    assert (darwin.BsdInfo.start_seconds.offset, darwin.BsdInfo.start_microseconds.offset) == (120, 128)
    read = darwin.BsdInfo.from_buffer_copy(info(77, 1_700_000_000, 123_456))
    assert (read.pid, read.ppid, read.uid, read.nice, read.name) == (77, 1, 501, -5, b"a name")
    assert read.start == 1_700_000_000_123_456


def test_on_a_mac_a_process_is_known_by_the_microsecond_of_its_start(mac: Callable[..., None]) -> None:
    mac({77: info(77, 1_700_000_000, 123_456), 78: info(78, 1_700_000_000, 123_457)})
    assert kernel.started(77) == 1_700_000_000_123_456
    assert kernel.started(78) == kernel.started(77) + 1


@pytest.mark.parametrize(
    "answer", [errno.ESRCH, errno.EINVAL, errno.ENOMEM, 0, b"\1" * 64], ids=["gone", "refused", "small", "no", "short"]
)
def test_on_a_mac_there_is_no_process_where_the_kernel_tells_of_none(
    mac: Callable[..., None], answer: bytes | int
) -> None:
    mac({77: answer})
    ctypes.set_errno(errno.EPERM)  # from an earlier call
    assert kernel.started(77) == -1


def test_on_a_mac_a_process_of_another_user_is_there_and_no_more_is_known(mac: Callable[..., None]) -> None:
    mac({1: errno.EPERM})
    assert kernel.started(1) == 0


def test_on_a_mac_the_start_of_the_machine_has_a_name_of_its_own(mac: Callable[..., None]) -> None:
    mac({})
    assert kernel.boot() == BOOT.decode()
    mac({}, boot=b"")
    assert kernel.boot() == ""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="looks at what Linux tells")
def test_elsewhere_libproc_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(darwin, "_library", lambda: SimpleNamespace())
    assert kernel.started(os.getpid()) > 0
    assert kernel.boot()


def test_on_a_mac_what_a_killed_guard_left_is_known_and_a_stranger_of_the_same_pid_is_not(
    mac: Callable[..., None], tmp_path: Path
) -> None:
    children = {
        "ours": (77, 5_000_001),
        "reused": (78, 5_000_001),
        "gone": (79, -1),
        "hidden": (80, 0),
        "early": (0, 0),
    }
    where.write(tmp_path, {"boot": BOOT.decode(), "children": children})
    mac({77: info(77, 5, 1), 78: info(78, 6, 1), 80: errno.EPERM, 0: errno.EPERM})
    assert removal.survivors(tmp_path) == [(77, 5_000_001)]
    mac({77: info(77, 5, 1)}, boot=BOOT.replace(b"5E", b"6F"))
    assert removal.survivors(tmp_path) == []
