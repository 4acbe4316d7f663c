"""An environment in the foreground: logs, unmatched requests, and stubs reloaded when saved."""

import os
import signal
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, suppress
from functools import partial
from typing import Self

from localenv import Environment, paths, state
from localenv.cli import bugs, keys, stub_reports
from localenv.console.deaths import death
from localenv.console.failures import failure
from localenv.console.findings import finding
from localenv.console.progress import Form
from localenv.console.stream import Stream
from localenv.console.terminal import check_is_read
from localenv.console.words import seconds
from localenv.engines import LogLine
from localenv.environment import deaths, guards, ownership
from localenv.environment.deaths import Death
from localenv.environment.here import late_checks
from localenv.errors import LocalenvError
from localenv.events import Event, Phase, Progress
from localenv.host import waiting
from localenv.host.background import meanwhile
from localenv.stack import Role
from localenv.stack.states import EnvironmentState
from localenv.state import Owner
from localenv.stubs.journal import Unanswered

_LOOK = 1.0  # seconds between two looks at the environment
_LONGEST_END = 2.0  # seconds that the owner has to exit


def follow(
    found: Environment,
    form: Form,
    *,
    since: float,
    logs_since: float,
    prefix: str = "",
    over: threading.Event | None = None,
    with_keys: bool = False,
    watch: bool = False,
) -> None:
    """Print logs, deaths, unmatched requests and stub reloads until the environment ends.

    Unmatched requests since `since`, output since `logs_since`, both in seconds since the epoch: earlier output would
    push the summary off the screen. With a `prefix`, which tells environments apart, every line begins with it.
    Once `over` is set, this process removes them itself.
    """
    deleted, lost = threading.Event(), threading.Event()
    reporter = _Json(found) if form is Form.JSON else _Person(found, is_silent=form is Form.SILENT, prefix=prefix)
    watches = (
        partial(stub_reports.watch, found, reporter, since),
        partial(_watch_deaths, found, reporter),
        partial(_watch_owner, found, reporter),
        partial(_watch_state, found, deleted),
        partial(_watch_guard, found, reporter, lost),
        partial(_check_later, found, reporter),
    )
    with ExitStack() as begun:
        for work in (found.reloading(reporter.stubs), *map(meanwhile, watches)):
            begun.enter_context(work).add_done_callback(partial(_report, reporter))
        watching = begun.enter_context(_Watching(found, reporter, with_keys=with_keys))
        if with_keys:
            begun.enter_context(_keys(found, reporter, watching))
        if watch:
            watching.toggle()
        try:
            _print_logs(found, reporter, logs_since)
        except KeyboardInterrupt:
            if lost.is_set():
                raise LocalenvError("the guard was killed, and with it everything that it ran") from None
            raise
    if over is None or not over.is_set():
        _end(found, reporter, is_deleted=deleted.is_set())


def _print_logs(found: Environment, reporter: "_Reporter", since: float) -> None:
    """Print the logs of services and needs until the environment ends, or nobody reads them any more."""
    # the journal has more details of unmatched requests than the log of the stub server
    names = [service.name for service in found.stack.of(Role.SERVICE, Role.NEED)]
    for line in found.logs(names, since=since, follow=True):
        reporter.line(line)
        check_is_read()


def _end(found: Environment, reporter: "_Reporter", *, is_deleted: bool) -> None:
    """Report why the environment is gone; raises LocalenvError if its state was deleted."""
    if is_deleted or _has_lost_state(found):
        folder = paths.state(found.identity, make=False)
        raise LocalenvError(f"{folder} was deleted while the environment was running; everything is being removed")
    reporter.message(_why_gone(found))


class _Watching:
    """Whether changes of services' files are taken over."""

    def __init__(self, found: Environment, reporter: "_Reporter", *, with_keys: bool) -> None:
        self._found, self._reporter, self._key = found, reporter, "u" if with_keys else ""
        self._running = ExitStack()
        self._is_on = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def toggle(self) -> None:
        """Begin, or stop."""
        self._is_on = not self._is_on
        if self._is_on:
            work = self._running.enter_context(self._found.watching(self._reporter.message, key=self._key))
            work.add_done_callback(partial(_report, self._reporter))
        else:
            self._running.close()
        self._reporter.message("watching the files of services" if self._is_on else "no longer watching")


def _keys(found: Environment, reporter: "_Reporter", watching: _Watching) -> AbstractContextManager[None]:
    assert isinstance(reporter, _Person)
    return keys.read(keys.Keys(found=found, message=reporter.message, show=reporter.show, watch=watching.toggle))


def _why_gone(found: Environment) -> str:
    owner = found.record.owner
    if owner and owner.pid != os.getpid() and _ends(owner):
        return f"removed: process {owner.pid}, its owner, has exited"
    return "removed by localenv down in another terminal"


def _ends(owner: Owner) -> bool:
    """Whether the owner exits now; the environment is removed first."""
    return waiting.until(lambda: not ownership.is_alive(owner), within=_LONGEST_END)


class _Person:
    """Output for a person."""

    def __init__(self, found: Environment, *, is_silent: bool, prefix: str = "") -> None:
        self._stack = found.stack
        self._stream = Stream(names=[service.name for service in found.stack.services.values()], prefix=prefix)
        self._is_silent = is_silent
        self._shown: frozenset[str] = frozenset()

    def show(self, names: frozenset[str]) -> None:
        """Show only the logs of these services from now on; of all without names."""
        self._shown = names

    def line(self, line: LogLine) -> None:
        if not self._is_silent and (not self._shown or line.service in self._shown):
            self._stream.line(line)

    def message(self, text: str) -> None:
        self._stream.message(text)

    def stubs(self, event: Event) -> None:
        if event.state is Progress.FAILED:
            self._stream.message(f"{event.subject}: not reloaded, the old stubs stay active:\n{event.detail}")
        elif not self._is_silent:
            self._stream.message(f"{event.subject}: stubs reloaded in {seconds(event.seconds or 0)}")

    def death(self, one: Death) -> None:
        self._stream.message(death(one, sys.stderr))

    def unmatched(self, one: Unanswered) -> None:
        self._stream.message(finding(one, self._stack, sys.stderr))


class _Json:
    """Output for a program, as events of the environment."""

    def __init__(self, found: Environment) -> None:
        self._identity = found.identity
        self._emit = found.listener

    def line(self, line: LogLine) -> None:
        self._event(line.service, Phase.LOG, Progress.WORKING, line.text, time_=line.time)

    def message(self, text: str) -> None:
        self._event("", Phase.REMOVE, Progress.DONE, text)

    def stubs(self, event: Event) -> None:
        self._emit(event)

    def death(self, one: Death) -> None:
        self._event(one.name, Phase.READY, Progress.FAILED, "\n".join([one.reason, *one.log]))

    def unmatched(self, one: Unanswered) -> None:
        nearest = f"; nearest: {one.nearest}: {', '.join(one.differences)}" if one.nearest else ""
        detail = f"{one.method} {one.url} matched no stub{nearest}"
        self._event(one.upstream, Phase.STUBS, Progress.FAILED, detail)

    def _event(self, subject: str, phase: Phase, state: Progress, detail: str, *, time_: float = 0) -> None:
        self._emit(
            Event(
                seq=0,  # the listener numbers its stream
                time=time_ or time.time(),
                environment=self._identity,
                subject=subject,
                phase=phase,
                state=state,
                detail=detail,
            )
        )


_Reporter = _Person | _Json


def _report(reporter: _Reporter, work: "Future[None]") -> None:
    """Report the failure of background work; the environment keeps running."""
    error = work.exception()
    if isinstance(error, Exception):
        with suppress(OSError):  # closed output or a full disk: the main thread notices too
            reporter.message(f"a bug in localenv: {error}; details: {bugs.write(error)}")


def _watch_deaths(found: Environment, reporter: _Reporter, over: threading.Event) -> None:
    """Report services that exit, until `over` is set."""
    for one in deaths.watch(found.engine, found.deployment, over):
        reporter.death(one)


def _watch_owner(found: Environment, reporter: _Reporter, over: threading.Event) -> None:
    """Report once that another `up` has detached the environment, so that it has no owner any more."""
    if not isinstance(reporter, _Person):
        return
    for _ in waiting.repeatedly(over, _LOOK):
        record = state.load(found.identity)
        if record and record.state is EnvironmentState.READY and record.owner is None and found.record.owner:
            reporter.message("detached by `localenv up --detach` in another terminal; Ctrl-C leaves the environment up")
            return


def _watch_state(found: Environment, deleted: threading.Event, over: threading.Event) -> None:
    """Set `deleted` when the state of the running environment was deleted by hand: its guard then removes it."""
    for _ in waiting.repeatedly(over, _LOOK):
        if deleted.is_set():
            return
        with suppress(LocalenvError):  # the engine does not answer
            if _has_lost_state(found):
                deleted.set()


def _watch_guard(found: Environment, reporter: _Reporter, lost: threading.Event, over: threading.Event) -> None:
    """Start another guard if it was killed; where that has ended what runs, set `lost` and interrupt this command."""
    for _ in waiting.repeatedly(over, _LOOK):
        with suppress(LocalenvError):  # a command changes the environment, or the engine does not answer
            if not guards.renew(found.identity):
                continue
            if not found.engine.observe(found.identity).services:
                lost.set()
                os.kill(os.getpid(), signal.SIGINT)
                return
            reporter.message("the guard was killed; another one was started")


def _has_lost_state(found: Environment) -> bool:
    """Whether it is recorded no more and still there; `down` removes the record last."""
    return not state.is_recorded(found.identity) and bool(found.engine.observe(found.identity).services)


def _check_later(found: Environment, reporter: _Reporter, over: threading.Event) -> None:
    """Run the smoke checks once a service answers that was left out, and report the result."""
    if not late_checks.are_due(found):
        return
    try:
        if late_checks.run(found, over):
            reporter.message("smoke checks passed")
    except LocalenvError as error:
        reporter.message(failure(error, sys.stderr))
