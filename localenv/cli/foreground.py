"""An environment in the foreground: logs, unmatched requests, and stubs reloaded when saved."""

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from localenv import Environment
from localenv.cli import bugs
from localenv.console.findings import finding
from localenv.console.progress import Form
from localenv.console.stream import Stream
from localenv.console.words import seconds
from localenv.engines import LogLine
from localenv.environment import ownership, stubbing
from localenv.errors import DescriptionError, LocalenvError
from localenv.events import Event, Phase, State
from localenv.host import waiting
from localenv.stack import Role, StubSource, Unmatched
from localenv.state import Owner
from localenv.stubs import sources
from localenv.stubs.journal import Unanswered
from localenv.stubs.sources import watch

_LOOK = 1.0  # seconds between two looks at the journal
_LONGEST_END = 2.0  # seconds that the threads are waited for


def follow(found: Environment, form: Form, *, since: float, logs_since: float) -> None:
    """Print logs, unmatched requests and reloads of stubs until the environment ends.

    Unmatched requests from `since` on, output from `logs_since` on, both in seconds since the epoch: earlier output
    would push the summary off the screen.
    """
    reporter = _Json(found) if form is Form.JSON else _Person(found, is_silent=form is Form.SILENT)
    over = threading.Event()
    stubs = _Stubs(found, reporter)
    threads = [
        _begin(reporter, lambda: _watch_stubs(stubs, found, over)),
        _begin(reporter, lambda: _watch_journal(stubs, found, reporter, over, since)),
    ]
    try:
        # the journal has more details of unmatched requests than the log of the stub server
        names = [service.name for service in found.stack.of(Role.SERVICE, Role.NEED)]
        for line in found.logs(names, since=logs_since, follow=True):
            reporter.line(line)
        reporter.note(_why_gone(found))
    finally:
        over.set()
        for thread in threads:
            thread.join(_LONGEST_END)


def _why_gone(found: Environment) -> str:
    owner = found.record.owner
    if owner and owner.pid != os.getpid() and _ends(owner):
        return f"removed: process {owner.pid}, its owner, has exited"
    return "removed by localenv down in another terminal"


def _ends(owner: Owner) -> bool:
    """Whether it exits now; the environment is removed first."""
    return waiting.until(lambda: not ownership.is_alive(owner), within=_LONGEST_END)


class _Person:
    """Output for a person."""

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
        self._stream.note(f"{upstream}: not reloaded, the old stubs stay active:\n{error.message}")

    def unmatched(self, one: Unanswered) -> None:
        self._stream.note(finding(one, self._stack, sys.stderr))


class _Json:
    """Output for a program, as events of the environment."""

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


_Reporter = _Person | _Json


def _begin(reporter: _Reporter, work: Callable[[], None]) -> threading.Thread:
    """A thread; the environment survives its failure."""

    def run() -> None:
        try:
            work()
        except Exception as error:
            with suppress(OSError):  # closed output or a full disk: the main thread sees that too
                reporter.note(f"a bug in localenv: {error}; details: {bugs.write(error)}")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


class _Stubs:
    """The stubs loaded into the running servers."""

    def __init__(self, found: Environment, reporter: _Reporter) -> None:
        self._found = found
        self._reporter = reporter
        self._loaded = {one.name: one.digest for one in found.stack.upstreams.values()}
        self._lock = threading.Lock()

    def reload(self, upstream: str) -> None:
        """Load stubs that changed on disk; after a mistake the old ones stay."""
        with self._lock:
            known = self._found.stack.upstreams[upstream].sources
            now = sources.digest(known)
            if now != self._loaded[upstream]:
                self._loaded[upstream] = now
                self._put(upstream, known)

    def _put(self, upstream: str, known: Sequence[StubSource]) -> None:
        began = time.monotonic()
        try:
            if problems := [problem for one in known for problem in sources.check(one)]:
                raise DescriptionError(problems)
            self._found.reload(upstream)
        except LocalenvError as error:
            self._reporter.refused(upstream, error)
        else:
            self._reporter.reloaded(upstream, time.monotonic() - began)


def _watch_stubs(stubs: _Stubs, found: Environment, over: threading.Event) -> None:
    for names in watch.changes(found.stack.upstreams.values(), over):
        for name in sorted(names):
            stubs.reload(name)


def _watch_journal(stubs: _Stubs, found: Environment, reporter: _Reporter, over: threading.Event, since: float) -> None:
    over.wait(_LOOK)
    for name in found.stack.upstreams:  # saved before the watch began
        stubs.reload(name)
    reported: set[tuple[str, ...]] = set()
    counts: dict[str, int] = {}
    while not over.wait(_LOOK):
        for server in found.stack.of(Role.STUBS):
            with suppress(LocalenvError):  # it restarts, or is removed
                for one in _new(found, server.name, counts):
                    key = (one.upstream, one.method, one.url, one.nearest, *one.differences)
                    if one.time >= since and key not in reported:
                        reported.add(key)
                        reporter.unmatched(one)


def _new(found: Environment, server: str, counts: dict[str, int]) -> list[Unanswered]:
    """Unmatched requests of upstreams with more of them than last time."""
    ignored = {one.name for one in found.stack.upstreams.values() if one.unmatched is Unmatched.IGNORE}
    fresh: list[Unanswered] = []
    with stubbing.admin(found.deployment, server) as admin:
        for upstream, (_, unmatched) in admin.counts().items():
            if unmatched > counts.get(upstream, 0) and upstream not in ignored:
                fresh += reversed(admin.unmatched(upstream))
            counts[upstream] = unmatched
    return fresh
