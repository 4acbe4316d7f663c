"""One program of the environment, as seen by the guard."""

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, BaseSelector
from typing import Any

from localenv.guard import keeper
from localenv.guard.log import Log
from localenv.host import cgroup, kernel

_CHUNK = 1 << 16
_LONGEST = 3.0  # seconds for killed processes to exit
KILLED = 137  # a shell's code for a killed program
Lines = Callable[[list[bytes]], None]


class Child:
    """A program under its keeper; `gone` once all its processes have exited, and its output is in the log."""

    def __init__(self, spec: dict[str, Any], selector: BaseSelector, changed: Callable[["Child"], None]) -> None:
        self.spec = spec
        self.name = str(spec["name"])
        self.selector = selector
        self.changed = changed  # called when it has started, could not be started, or is gone
        self.pid = 0
        self.start = 0  # of the program, see `kernel.started`
        self.problem: int | None = None  # why it could not be started
        self.code: int | None = None
        self.paused = False
        self.gone = False
        self.deadline: float | None = None  # when it will be killed, in time.monotonic()
        self.killed = False
        self.listener: Lines | None = None  # receives its lines, in addition to the log
        self._early: list[bytes] = []
        self._listens = False
        self._unread = b""
        self._begin()

    def document(self) -> dict[str, Any]:
        """Its attributes as JSON, except its environment."""
        spec = {key: value for key, value in self.spec.items() if key != "environment"}
        return spec | {
            "pid": self.pid, "start": self.start, "code": self.code, "gone": self.gone, "paused": self.paused,
        }  # fmt: skip

    @property
    def left(self) -> tuple[int, int] | None:
        """The program's pid and start, if even SIGKILL could not end it: it may belong to another user."""
        return (self.pid, self.start) if self.gone and self.pid and kernel.started(self.pid) == self.start else None

    def signal(self, number: int) -> None:
        """Send the program a signal; KILL also ends all its descendants."""
        with suppress(OSError):
            self.control.send(bytes([number]))
        kernel.go_on(self.keeper)  # a stopped keeper would not receive it

    def wake(self) -> None:
        """Continue its keeper, in case it was stopped: otherwise the exit would not be reported."""
        if not self.gone and not self.paused:
            kernel.go_on(self.keeper)

    def pause(self, *, paused: bool) -> None:
        """Stop or continue it; what a signal of somebody else has stopped goes on, too."""
        self.paused = paused
        if not cgroup.freeze(self.group, frozen=paused) or not paused:
            self.signal(signal.SIGSTOP if paused else signal.SIGCONT)

    def end(self, patience: float) -> None:
        """Send SIGTERM; it is killed `patience` seconds later, see `late`."""
        if self.gone or self.deadline is not None or self.killed:
            return
        if self.paused:
            self.pause(paused=False)
        self.deadline = time.monotonic() + patience
        self.signal(self.spec.get("stop") or signal.SIGTERM)
        if kernel.is_stopped(self.pid):
            self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill all its processes; if that has no effect for a while, its keeper too, see `left`."""
        if self.killed:
            with suppress(ProcessLookupError):
                os.kill(self.keeper, signal.SIGKILL)
            self.deadline = None
            return
        self.killed = True
        self.deadline = time.monotonic() + _LONGEST
        self.signal(signal.SIGKILL)

    def listen(self, wanted: bool) -> None:
        """Read its output, or let it wait."""
        if self.output >= 0 and wanted != self._listens:
            self._listens = wanted
            if wanted:
                self.selector.register(self.output, EVENT_READ, self._read_output)
            else:
                self.selector.unregister(self.output)

    def listen_from_the_start(self, listener: Lines) -> None:
        """Pass on the lines received so far, and all later ones."""
        self.listener = listener
        early, self._early = self._early, []
        listener(early)

    def _begin(self) -> None:
        self.log = Log(Path(self.spec["log"]))
        self.group = cgroup.made(self.spec["group"]) if self.spec.get("group") else None
        self.control, keeper_end = socket.socketpair()
        self.output, written = os.pipe()
        self.keeper = os.fork()
        if self.keeper == 0:
            keeper.keep(self.spec, keeper_end, written, self.group)
        keeper_end.close()
        os.close(written)
        self.control.setblocking(False)
        os.set_blocking(self.output, False)
        self.selector.register(self.control, EVENT_READ, self._read_keeper)
        self.listen(True)

    def _read_keeper(self) -> None:
        try:
            chunk = self.control.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        for line in lines:
            self._take(line.decode())
        if not chunk:
            self._finish()

    def _take(self, line: str) -> None:
        word, number = line[0], int(line[2:])
        if word == "S":
            self.pid, self.start = number, kernel.started(number)
            self.changed(self)
        elif word == "F":
            self.problem, self.code = number, 127
        else:
            self.code = number

    def _read_output(self) -> None:
        if self.output < 0:  # its keeper's exit, reported in the same poll, has read it already
            return
        try:
            chunk = os.read(self.output, _CHUNK)
        except BlockingIOError:
            return
        if chunk:
            self._pass(self.log.feed(chunk))
        else:
            self._end_output()

    def _pass(self, lines: list[bytes]) -> None:
        if self.listener and lines:
            self.listener(lines)
        elif self.spec.get("attached"):
            self._early += lines

    def _end_output(self) -> None:
        if self.output >= 0:
            self.listen(False)
            os.close(self.output)
            self.output = -1
            self._pass(self.log.close())

    def _finish(self) -> None:
        """Handle the exit of the keeper and all its processes."""
        self.selector.unregister(self.control)
        self.control.close()
        with suppress(ChildProcessError):
            os.waitpid(self.keeper, 0)
        if self.code is None:  # the keeper was killed, and its program may continue if the kernel does not end it
            kernel.end_group(self.pid)
        cgroup.end(self.group)
        with suppress(BlockingIOError, OSError):
            while self.output >= 0 and (chunk := os.read(self.output, _CHUNK)):
                self._pass(self.log.feed(chunk))
        self._end_output()
        self.code = KILLED if self.code is None else self.code
        self.deadline = None
        self.gone = True
        self.changed(self)
