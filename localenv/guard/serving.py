"""The guard process: one event loop for its clients, its programs and the owner.

It is started with its settings on standard input, and prints `ready` once it listens; from then on it writes its log.
"""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from localenv import paths
from localenv.guard import leaving, where
from localenv.guard.child import Child
from localenv.guard.connection import GuardConnection, is_of_this_user
from localenv.guard.dependents import Dependents
from localenv.guard.endings import Endings
from localenv.guard.owner import WatchedOwner
from localenv.guard.requests import ANSWERS
from localenv.guard.teardown import Teardown
from localenv.host import kernel

PATIENCE = 1.0  # seconds from SIGTERM to SIGKILL
_FIRST_TO_END = ("service", "job", "background")  # programs that use the others, or that the others do not need
_LOOK = 5.0  # seconds between checks whether the state folder still exists
_TICK = 0.2  # seconds between polls of what the kernel does not report


class Guard:
    """Keeps the programs of one environment, and ends them when its owner dies."""

    def __init__(self, settings: dict[str, Any], listener: socket.socket) -> None:
        self.settings = settings
        self.folder = Path(settings["folder"])
        self.listener = listener
        self.selector = DefaultSelector()
        self.children: dict[str, Child] = {}
        self.waiting: list[tuple[Callable[[], bool], Callable[[], None]]] = []
        self.ending = False
        self.clearing = False  # ending everything, to continue afterwards
        self.lease: float | None = None  # when it expires, in seconds since boot
        self.done = False
        self.is_saved = False  # whether the file about it was written
        self.looked = time.monotonic()
        self.owner = WatchedOwner(self.selector, self._owner_exited)
        self.dependents = Dependents()
        self.teardown = Teardown(settings.get("teardown"), settings["environment"])
        self.endings = Endings(self.selector, settings["environment"])
        self.selector.register(listener, EVENT_READ, self._accept)
        self._read_signals()
        self.owner.watch(settings.get("owner"))
        self.keep_for(settings.get("lease"))

    def run(self) -> None:
        """Run until there is nothing left to guard."""
        while not self.done:
            for key, _ in self.selector.select(self._pause()):
                key.data()
            self._after()
            self._look_after_folder()

    def _pause(self) -> float:
        """Seconds until the next event that must be polled."""
        return _TICK if self._is_timed() else min(_LOOK, *(_LOOK if one is None else one for one in self._times()))

    def _times(self) -> tuple[float | None, ...]:
        return self.left(), self.endings.left()

    def _is_timed(self) -> bool:
        is_polled = self.owner.is_polled or self.endings.is_polled
        is_polled = is_polled or self.dependents.is_ending
        return is_polled or self.teardown.is_due_later or any(c.deadline for c in self.children.values())

    def _after(self) -> None:
        """Handle timeouts and changes."""
        self.owner.poll()
        if self.left() == 0:
            self.keep_for(None)
            self._orphaned("its lease has expired")
        now = time.monotonic()
        for child in self.children.values():
            if child.deadline is not None and now >= child.deadline:
                child.kill()
        while due := next((one for one in self.waiting if one[0]()), None):
            self.waiting.remove(due)
            due[1]()
        if not self.ending:
            self.endings.step()
        self.dependents.step()
        if self.teardown.step():
            self.quit()

    def _look_after_folder(self) -> None:
        """Remove everything if the state folder was deleted, because no command could request the end any more."""
        if time.monotonic() - self.looked >= _LOOK and not self.ending:
            self.looked = time.monotonic()
            guard = where.read(self.folder).get("pid") if self.is_saved else os.getpid()
            if guard is None:
                self._orphaned("its state was deleted")
            elif guard != os.getpid():  # another guard has taken over
                self.end_all(self.quit)

    def when(self, condition: Callable[[], bool], then: Callable[[], None]) -> None:
        """Call a function as soon as a condition is true."""
        self.waiting.append((condition, then))

    def keep_for(self, seconds: float | None) -> None:
        """Set the lease from now on; None for none."""
        self.lease = None if seconds is None else kernel.since_boot() + seconds

    def left(self) -> float | None:
        """Seconds left of the lease; None if there is none."""
        return None if self.lease is None else max(self.lease - kernel.since_boot(), 0.0)

    def quit(self) -> None:
        """Exit when nothing is left: make room for another guard first."""
        self.endings.stop()
        self.dependents.kill()
        locked = self.teardown.began is not None  # else the caller holds the environment's lock
        leaving.leave(self.folder, Path(self.settings["socket"]), lock=self.settings.get("lock") if locked else None)
        self.done = True

    def end_all(self, then: Callable[[], None]) -> None:
        """End the services, the last first, then what they used."""
        self.ending = True
        running = [child for child in reversed(self.children.values()) if not child.gone]
        first = [child for child in running if child.spec["role"] in _FIRST_TO_END]
        last = [child for child in running if child not in first]

        def rest() -> None:
            self.end(last, finish)

        def finish() -> None:
            self._end_strangers()
            then()

        self.end(first, rest)

    def end(self, chosen: list[Child], then: Callable[[], None]) -> None:
        """End some programs, and continue once all their processes have exited."""
        for child in chosen:
            child.end(child.spec.get("patience", PATIENCE))
        self.when(lambda: all(child.gone for child in chosen), then)

    def save(self, _: Child | None = None) -> None:
        """Record the running programs, in case this process dies."""
        left = [child for child in self.children.values() if not child.gone]
        running = {child.name: (child.pid, child.start) for child in left}
        groups = [str(child.group) for child in left if child.group]
        with suppress(OSError):  # a full disk, or a removed folder
            own = os.getpid()
            document = {"socket": self.settings["socket"], "pid": own, "start": kernel.started(own)}
            where.write(self.folder, document | {"boot": kernel.boot(), "children": running, "groups": groups})
            self.is_saved = True

    def _owner_exited(self, owner: dict[str, int]) -> None:
        self.dependents.end(owner)
        self._orphaned("the owner has exited")

    def _orphaned(self, why: str) -> None:
        """End the programs that a dead owner has left, then everything."""
        if self.ending and not self.clearing:
            return
        self.clearing = False
        self._say(f"{why}: removing everything")
        for pid in kernel.marked(f"{where.MARK}={self.settings['identity']}"):
            with suppress(OSError):
                if not any(child.pid == pid for child in self.children.values()):
                    os.kill(pid, signal.SIGKILL)
        self.end_all(self.teardown.begin)

    def _accept(self) -> None:
        with suppress(OSError):
            opened, _ = self.listener.accept()
            if is_of_this_user(opened):
                GuardConnection(opened, self.selector, self._answer)
            else:
                opened.close()

    def _answer(self, client: GuardConnection, request: dict[str, Any]) -> None:
        ANSWERS[request["do"]](self, client, request)

    def _read_signals(self) -> None:
        woken, wakes = os.pipe()
        for end in (woken, wakes):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGTERM, lambda number, frame: self.end_all(self.quit))
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

        def wake() -> None:
            with suppress(BlockingIOError):
                os.read(woken, 4096)
            self._end_strangers()

        self.selector.register(woken, EVENT_READ, wake)

    def _end_strangers(self) -> None:
        """End processes that were reparented to the guard because their keeper was killed."""
        known = {child.keeper for child in self.children.values()} | {self.teardown.pid, self.endings.pid}
        for pid in kernel.children():
            if pid not in known:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)

    def _say(self, line: str) -> None:
        print(f"{time.time():.3f} {line}", file=sys.stderr, flush=True)


def main() -> None:
    """Become the guard with the settings on standard input."""
    try:
        settings = json.load(sys.stdin)
    except ValueError:  # its starter was killed before it sent a request
        raise SystemExit("no request from the owner") from None
    folder = Path(settings["folder"])
    folder.mkdir(mode=0o700, exist_ok=True)
    log = os.open(paths.guard_log(folder), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        address = where.socket_of(folder)
    except where.Unsafe as error:
        raise SystemExit(str(error)) from None
    settings["socket"] = str(address)
    listener = _listening(address)
    if os.fork():
        os._exit(0)
    os.chdir("/")
    kernel.become_subreaper()
    guard = Guard(settings, listener)
    guard.save()
    _leave_starter(log)
    guard.run()


def _listening(address: Path) -> socket.socket:
    address.unlink(missing_ok=True)  # left by a dead guard: our starter holds the environment's lock
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(address))
    address.chmod(0o600)
    listener.listen(64)
    listener.setblocking(False)
    return listener


def _leave_starter(log: int) -> None:
    """Tell the starter that the guard is ready, and let go of its standard streams."""
    with suppress(BrokenPipeError):  # it is dead
        os.write(1, b"ready\n")
    for standard in (1, 2):
        os.dup2(log, standard)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
