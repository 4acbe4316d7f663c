"""The keeper of one program: a process between it and the guard, so that nothing the program starts gets away.

It is the subreaper of all that descends from the program, and ends it when the program ends, on request, and
when the guard is no more. Daemons and sessions of their own change nothing of that.
"""

import os
import select
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from localenv.host import cgroup, kernel

_KILL = signal.SIGKILL
_UNSTARTED = 127
_OPEN = Path("/dev/fd")
_DESCRIPTORS = 1 << 20  # more than anything has
_PAUSE = 0.002  # seconds between looks whether what was killed is gone


def keep(spec: dict[str, Any], control: socket.socket, output: int, group: Path | None) -> NoReturn:
    """Run the program in this process, a fresh fork of the guard, until nothing of it is left.

    Tells over `control`, in lines: `S PID` started, `F ERRNO` cannot be started, `E CODE` ended as a shell counts.
    Each byte that it receives is the number of a signal for the program; KILL is for all of it.
    """
    kept = None
    try:
        os.setsid()
        _close_all_but(control.fileno(), output)
        cgroup.enter(group)
        kernel.become_subreaper()
        kept = _Keeper(control, spec, output)
        kept.run()
    except BaseException as error:
        print(f"keeper of {spec['name']}: {error!r}", file=sys.stderr, flush=True)
    finally:
        _end_all(kept.program if kept else 0)
        os._exit(0)


class _Keeper:
    def __init__(self, control: socket.socket, spec: dict[str, Any], output: int) -> None:
        self.control = control
        self.woken, wakes = os.pipe()
        for end in (self.woken, wakes):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # the guard alone says when
        signal.set_wakeup_fd(wakes)
        self.program = self._start(spec, output)
        os.close(output)

    def run(self) -> None:
        """Until the program has ended, or has to."""
        while self.program:
            ready, _, _ = select.select([self.control.fileno(), self.woken], [], [])
            if self.woken in ready:
                with suppress(BlockingIOError):
                    os.read(self.woken, 4096)
            if self._reaped():
                return
            if self.control.fileno() in ready and self._told():
                _end_all(self.program, self._tell_end)
                return

    def _start(self, spec: dict[str, Any], output: int) -> int:
        problem, tells = os.pipe()
        keeper = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become(spec, output, keeper, tells)
        os.close(tells)
        failed = os.read(problem, 16)
        os.close(problem)
        if failed:
            os.waitpid(pid, 0)
            self._tell(f"F {failed.decode()}")
            return 0
        self._tell(f"S {pid}")
        return pid

    def _told(self) -> bool:
        """Whether all has to end: the guard says so, or is gone."""
        numbers = self.control.recv(64)
        for number in numbers:
            if number == _KILL:
                return True
            with suppress(ProcessLookupError):
                # to the program alone, as a container's first process is told; what stops it stops its group
                stops = number in (signal.SIGSTOP, signal.SIGCONT)
                (os.killpg if stops else os.kill)(self.program, number)
        return not numbers

    def _reaped(self) -> bool:
        """Whether the program is among those that ended."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.program:
                    self._tell_end(*ended)
                    return True
        return False

    def _tell_end(self, pid: int, status: int) -> None:
        if pid == self.program:
            code = os.waitstatus_to_exitcode(status)
            self._tell(f"E {code if code >= 0 else 128 - code}")

    def _tell(self, line: str) -> None:
        with suppress(OSError):
            self.control.sendall(f"{line}\n".encode())


def _become(spec: dict[str, Any], output: int, keeper: int, tells: int) -> NoReturn:
    try:
        signal.set_wakeup_fd(-1)
        os.setsid()
        kernel.die_with(keeper)
        for number in (signal.SIGPIPE, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(_input(spec), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(spec["folder"])
        os.execvpe(spec["argv"][0], spec["argv"], spec["environment"])  # noqa: S606 - argv, never a shell
    except OSError as error:
        os.write(tells, str(error.errno or 0).encode())
    finally:
        os._exit(_UNSTARTED)


def _input(spec: dict[str, Any]) -> int:
    """Nothing to read; where it stays open the program itself holds the other end."""
    if not spec.get("keeps_input"):
        return os.open(os.devnull, os.O_RDONLY)
    read, written = os.pipe()
    os.set_inheritable(written, True)
    return read


def _end_all(program: int, ended: Any = None) -> None:
    """Kill the children, and theirs as they become ours, until there are none."""
    while True:
        kernel.end_group(program)
        for pid in kernel.children():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, _KILL)
        try:
            found = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not found[0]:
            select.select([], [], [], _PAUSE)
        elif ended:
            ended(*found)


def _close_all_but(*kept: int) -> None:
    """The guard's own descriptors end here: its death must be seen by everybody, and its clients hang up."""
    last = sys.stderr.fileno()
    for descriptor in sorted(kept):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, _most())


def _most() -> int:
    """What is more than any open descriptor: closing up to there is a loop where the kernel closes no range (macOS)."""
    with suppress(OSError):
        return max(int(entry.name) for entry in _OPEN.iterdir()) + 1
    return _DESCRIPTORS
