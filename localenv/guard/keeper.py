"""The keeper of one program: a process between it and the guard, so that no descendant of the program can escape.

It is the subreaper of the program's descendants, and ends them when the program ends, on request, and when the guard
has died. Daemons and separate sessions are included.
"""

import os
import select
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from localenv.host import cgroup, inherited, kernel

_KILL = signal.SIGKILL
_UNSTARTED = 127
_OPEN = Path("/dev/fd")
_DESCRIPTORS = 1 << 20  # more than any process has
_PAUSE = 0.002  # seconds between checks whether killed processes have exited


def keep(spec: dict[str, Any], control: socket.socket, output: int, group: Path | None) -> NoReturn:
    """Run the program in this process, a fresh fork of the guard, until all its processes have exited.

    Reports over `control`, in lines: `S PID` started, `F ERRNO` cannot be started, `E CODE` exited, with a shell's
    code. Each received byte is the number of a signal for the program; KILL is for all its processes.
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
            signal.signal(number, signal.SIG_IGN)  # only the guard decides
        signal.set_wakeup_fd(wakes)
        self.program = self._start(spec, output)
        os.close(output)

    def run(self) -> None:
        """Run until the program has ended, or has to."""
        while self.program:
            ready, _, _ = select.select([self.control.fileno(), self.woken], [], [])
            if self.woken in ready:
                with suppress(BlockingIOError):
                    os.read(self.woken, 4096)
            if self._reaped():
                return
            if self.control.fileno() in ready and self._must_end():
                _end_all(self.program, self._report_end)
                return

    def _start(self, spec: dict[str, Any], output: int) -> int:
        problem, writing = os.pipe()
        keeper = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become(spec, output, keeper, writing)
        os.close(writing)
        failed = os.read(problem, 16)
        os.close(problem)
        if failed:
            os.waitpid(pid, 0)
            self._report(f"F {failed.decode()}")
            return 0
        self._report(f"S {pid}")
        return pid

    def _must_end(self) -> bool:
        """Whether everything has to end: the guard has requested it, or has died."""
        numbers = self.control.recv(64)
        for number in numbers:
            if number == _KILL:
                return True
            with suppress(ProcessLookupError):
                # only to the program, like a container's main process; a stop affects its process group
                stops = number in (signal.SIGSTOP, signal.SIGCONT)
                (os.killpg if stops else os.kill)(self.program, number)
        return not numbers

    def _reaped(self) -> bool:
        """Whether the program is among the exited processes."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.program:
                    self._report_end(*ended)
                    return True
        return False

    def _report_end(self, pid: int, status: int) -> None:
        if pid == self.program:
            code = os.waitstatus_to_exitcode(status)
            self._report(f"E {code if code >= 0 else 128 - code}")

    def _report(self, line: str) -> None:
        with suppress(OSError):
            self.control.sendall(f"{line}\n".encode())


def _become(spec: dict[str, Any], output: int, keeper: int, writing: int) -> NoReturn:
    try:
        signal.set_wakeup_fd(-1)
        os.setsid()
        kernel.die_with(keeper)
        if spec.get("mark"):
            inherited.mark(spec["mark"])
        for number in (signal.SIGPIPE, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(_input(spec), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(spec["folder"])
        os.execvpe(spec["argv"][0], spec["argv"], spec["environment"])  # noqa: S606 - argv, never a shell
    except OSError as error:
        os.write(writing, str(error.errno or 0).encode())
    finally:
        os._exit(_UNSTARTED)


def _input(spec: dict[str, Any]) -> int:
    """A standard input without data; if it stays open, the program itself holds the other end."""
    if not spec.get("keeps_input"):
        return os.open(os.devnull, os.O_RDONLY)
    read, written = os.pipe()
    os.set_inheritable(written, True)
    return read


def _end_all(program: int, ended: Any = None) -> None:
    """Kill the children, and their children once they are reparented, until none are left."""
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
    """Close the guard's descriptors: its death must be visible to all, and its clients must be disconnected."""
    last = sys.stderr.fileno()
    for descriptor in sorted(kept):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, _most())


def _most() -> int:
    """A number above any open descriptor: without close_range(), closing is a loop up to it (macOS)."""
    with suppress(OSError):
        return max(int(entry.name) for entry in _OPEN.iterdir()) + 1
    return _DESCRIPTORS
