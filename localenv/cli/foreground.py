"""An environment in the foreground: its logs, requests that no stub matched, and stubs reloaded as they are saved."""

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from localenv import orphans
from localenv.cli import bugs
from localenv.console.findings import finding
from localenv.console.progress import Form
from localenv.console.stream import Stream
from localenv.console.words import seconds
from localenv.engines import LogLine
from localenv.environment import Environment, stubbing
from localenv.errors import DescriptionError, LocalenvError
from localenv.events import Event, Phase, State
from localenv.host import waiting
from localenv.stack import Role, Unmatched
from localenv.state import Owner
from localenv.stubs import roots, watch
from localenv.stubs.journal import Unanswered

_LOOK = 1.0  # seconds between two looks at the journal
_LONGEST_END = 2.0  # seconds that the threads are waited for


def follow(found: Environment, form: Form, *, since: float, logs_since: float) -> None:
    """Tell of everything until the environment ends: unmatched requests from `since` on, output from `logs_since` on.

    Both are in seconds of the epoch; what was printed before would push the summary off the screen.
    """
    teller = _Json(found) if form is Form.JSON else _Person(found, is_silent=form is Form.SILENT)
    over = threading.Event()
    stubs = _Stubs(found, teller)
    threads = [
        _begin(teller, lambda: _watch_stubs(stubs, found, over)),
        _begin(teller, lambda: _watch_journal(stubs, found, teller, over, since)),
    ]
    try:
        # what the stub server prints of a request that no stub matched, the journal says better
        names = [service.name for service in found.stack.of(Role.SERVICE, Role.NEED)]
        for line in found.logs(names, since=logs_since, follow=True):
            teller.line(line)
        teller.note(_why_gone(found))
    finally:
        over.set()
        for thread in threads:
            thread.join(_LONGEST_END)


def _why_gone(found: Environment) -> str:
    owner = found.record.owner
    if owner and owner.pid != os.getpid() and _ends(owner):
        return f"process {owner.pid}, which the environment belonged to, has ended, and the environment with it"
    return "the environment was removed by somebody else"


def _ends(owner: Owner) -> bool:
    """Whether it ends now: the environment goes first."""
    return waiting.until(lambda: not orphans.is_alive(owner), within=_LONGEST_END)


class _Person:
    """Tells a person."""

    def __init__(self, found: Environment, *, is_silent: bool) -> None:
        self._stack = found.stack
        self._stream = Stream(names=[service.name for service in found.stack.services.values()])
        self._is_silent = is_silent

    def line(self, line: LogLine) -> None:
        if not self._is_silent:
            self._stream.line(line)

    def note(self, text: str) -> None:
        self._stream.note(text)

    def reloaded(self, upstream: str, took: float) -> None:
        if not self._is_silent:
            self._stream.note(f"{upstream}: stubs reloaded in {seconds(took)}")

    def refused(self, upstream: str, error: LocalenvError) -> None:
        self._stream.note(f"{upstream}: the stubs stay as they were\n{error.message}")

    def unmatched(self, one: Unanswered) -> None:
        self._stream.note(finding(one, self._stack, sys.stderr))


class _Json:
    """Tells a program, in the events of the environment."""

    def __init__(self, found: Environment) -> None:
        self._identity = found.identity
        self._tell = found.listener

    def line(self, line: LogLine) -> None:
        self._event(line.service, Phase.LOG, State.WORKING, line.text, time_=line.time)

    def note(self, text: str) -> None:
        self._event("", Phase.REMOVE, State.DONE, text)

    def reloaded(self, upstream: str, took: float) -> None:
        self._event(upstream, Phase.STUBS, State.DONE, "stubs changed", took=took)

    def refused(self, upstream: str, error: LocalenvError) -> None:
        self._event(upstream, Phase.STUBS, State.FAILED, error.message)

    def unmatched(self, one: Unanswered) -> None:
        nearest = f"; nearest: {one.nearest}: {', '.join(one.differences)}" if one.nearest else ""
        detail = f"{one.method} {one.url} matched no stub{nearest}"
        self._event(one.upstream, Phase.STUBS, State.FAILED, detail)

    def _event(
        self, subject: str, phase: Phase, state: State, detail: str, *, took: float | None = None, time_: float = 0
    ) -> None:
        self._tell(
            Event(
                seq=0,  # the listener numbers its stream
                time=time_ or time.time(),
                environment=self._identity,
                subject=subject,
                phase=phase,
                state=state,
                detail=detail,
                seconds=took,
            )
        )


_Teller = _Person | _Json


def _begin(teller: _Teller, work: Callable[[], None]) -> threading.Thread:
    """A thread whose end does not end the environment."""

    def carry_out() -> None:
        try:
            work()
        except Exception as error:
            with suppress(OSError):  # nobody reads, or no room: the main thread sees that too
                teller.note(f"a bug in localenv: {error}; details are in {bugs.write(error)}")

    thread = threading.Thread(target=carry_out, daemon=True)
    thread.start()
    return thread


class _Stubs:
    """The stubs as they were put into the running servers."""

    def __init__(self, found: Environment, teller: _Teller) -> None:
        self._found = found
        self._teller = teller
        self._loaded = {one.name: one.digest for one in found.stack.upstreams.values()}
        self._lock = threading.Lock()

    def reload(self, upstream: str) -> None:
        """Put in what is on disk now where that is something else; a mistake in it keeps the old stubs."""
        with self._lock:
            folders = self._found.stack.upstreams[upstream].roots
            now = roots.digest(folders)
            if now != self._loaded[upstream]:
                self._loaded[upstream] = now
                self._put(upstream, folders)

    def _put(self, upstream: str, folders: Sequence[Path]) -> None:
        began = time.monotonic()
        try:
            if problems := [problem for root in folders for problem in roots.check(root)]:
                raise DescriptionError(problems)
            self._found.reload(upstream)
        except LocalenvError as error:
            self._teller.refused(upstream, error)
        else:
            self._teller.reloaded(upstream, time.monotonic() - began)


def _watch_stubs(stubs: _Stubs, found: Environment, over: threading.Event) -> None:
    for names in watch.changes(found.stack.upstreams.values(), over):
        for name in sorted(names):
            stubs.reload(name)


def _watch_journal(stubs: _Stubs, found: Environment, teller: _Teller, over: threading.Event, since: float) -> None:
    over.wait(_LOOK)
    for name in found.stack.upstreams:  # what was saved while the watch was being set up
        stubs.reload(name)
    told: set[tuple[str, ...]] = set()
    counts: dict[str, int] = {}
    while not over.wait(_LOOK):
        for server in found.stack.of(Role.STUBS):
            with suppress(LocalenvError):  # it starts anew, or is gone
                for one in _new(found, server.name, counts):
                    key = (one.upstream, one.method, one.url, one.nearest, *one.differences)
                    if one.time >= since and key not in told:
                        told.add(key)
                        teller.unmatched(one)


def _new(found: Environment, server: str, counts: dict[str, int]) -> list[Unanswered]:
    """Unmatched requests of the upstreams that have more of them than at the last look."""
    ignored = {one.name for one in found.stack.upstreams.values() if one.unmatched is Unmatched.IGNORE}
    fresh: list[Unanswered] = []
    with stubbing.admin(found.deployment, server) as admin:
        for upstream, (_, unmatched) in admin.counts().items():
            if unmatched > counts.get(upstream, 0) and upstream not in ignored:
                fresh += reversed(admin.unmatched(upstream))
            counts[upstream] = unmatched
    return fresh
