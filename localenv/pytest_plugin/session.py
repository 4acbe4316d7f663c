"""One process of a test session: its environments, and the running test."""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from localenv.errors import Interrupted, LocalenvError
from localenv.events import Listener
from localenv.pytest_plugin import artifacts, progress, reports, sharing, starting
from localenv.pytest_plugin.facade import Facade
from localenv.pytest_plugin.running import Running
from localenv.pytest_plugin.scope import Scope, again
from localenv.pytest_plugin.settings import SessionSettings, marked, resolve
from localenv.pytest_plugin.starting import Begun, Worker
from localenv.stack import Unmatched

_SCOPE = pytest.StashKey[Scope]()
_T = TypeVar("_T")


class Session:
    """Starts the environments for tests, and undoes each test's changes."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        given: Mapping[str, Any] = getattr(config, "workerinput", {})
        self._sharing = sharing.join(given.get("localenv_owner", os.getpid()), config.rootpath)
        workers = int(given.get("workercount", 1))
        self._place = sharing.take_place(self._sharing, workers)
        self._worker = Worker(number=self._place.number, of=max(workers, self._place.number + 1))
        self._given: Mapping[str, Any] | None = None  # by the fixture `localenv_settings`
        self._found: dict[tuple[object, ...], Running | LocalenvError] = {}
        self._whole = Scope(name="session", settings=SessionSettings(), running_test=self._asking)
        self._current = self._whole
        self._holders: list[Scope] = []  # fixtures for several tests that are being set up, the innermost last
        self._users = {"localenv"}  # names of fixtures that use an environment, or one of these
        self._cut_short: list[SessionSettings] = []  # of starts that the time limit of a test has ended
        self._is_closed = False

    def has(self, item: pytest.Item) -> bool:
        """Whether a test has begun."""
        return _SCOPE in item.stash

    def fixture(self, given: Mapping[str, Any], item: pytest.Item | None) -> Facade:
        """The environment for the session, running. `item` is the running test that requested it first."""
        self._given = given
        self._whole.settings = self._settings()
        if item is not None and not self.has(item):
            self.begin(item)
        elif self._current is not self._whole:
            self._current.settings = self._settings(self._current.arguments)
        self._bind(self._current)
        return Facade(self._held)

    @contextmanager
    def holding(self, fixture: "pytest.FixtureDef[Any]") -> Iterator[None]:
        """Bind changes during the setup of a fixture for several tests to the lifetime of the fixture."""
        scope = replace(self._whole, undo=ExitStack(), used=[])
        fixture.addfinalizer(lambda: self._pop(scope))  # added before the fixture's own, so that it runs after them
        self._holders.append(scope)
        try:
            yield
        finally:
            self._holders.remove(scope)
        if self._users.intersection(fixture.argnames):  # a connection or client of another fixture may have written
            self._held_by(scope)
        if scope.used:
            self._users.add(fixture.argname)
        with _reported():
            for running in scope.used:
                running.push(scope)

    def _pop(self, scope: Scope) -> None:
        if self._is_closed:
            return
        with _reported(), ExitStack() as owed:
            for running in scope.used:
                owed.callback(running.pop, scope)
            owed.callback(scope.undo.close)

    def _asking(self) -> Scope:
        """The scope of requests now: the test's, or that of several tests while a fixture of theirs is set up."""
        return self._whole if self._holders else self._current

    def _held(self) -> tuple[Running, Scope]:
        """The current environment, and the scope of changes: a fixture during its setup, or the session."""
        scope = self._holders[-1] if self._holders else self._whole
        return self._held_by(scope), scope

    def _held_by(self, scope: Scope) -> Running:
        running = self._bind(self._current)
        if scope is not self._whole and running not in scope.used:
            scope.used.append(running)
        return running

    def test_fixture(self, item: pytest.Item) -> Facade:
        """The environment for one test, running."""
        if not self.has(item):  # requested at run time
            self.begin(item)
        scope = item.stash[_SCOPE]
        running = self._bind(scope)
        return Facade(lambda: (running, scope))

    def begin(self, item: pytest.Item) -> None:
        """Assign requests to this test from now on."""
        arguments = self._understood(lambda: marked(item.iter_markers("localenv")))
        settings = self._settings(arguments)
        scope = Scope(name=item.nodeid, settings=settings, arguments=arguments, again=again(item))
        item.stash[_SCOPE] = self._current = scope
        if self._given is not None:
            _reload(self._bind(scope))

    def check(self, item: pytest.Item) -> None:
        """Fail for unmatched requests."""
        scope = item.stash.get(_SCOPE, None)
        if scope is None or scope.running is None:
            return
        try:
            failing = self._unmatched(item, scope)
        except LocalenvError as error:
            failing = reports.failure(error)
        if failing:
            pytest.fail(failing, pytrace=False)

    def add(self, item: pytest.Item, error: Exception) -> None:
        """Add unmatched requests to the failure of a test."""
        scope = item.stash.get(_SCOPE, None)
        if scope is None or scope.running is None:
            return
        with suppress(LocalenvError):
            if failing := self._unmatched(item, scope, error):
                error.add_note(failing)

    def explain(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Add the diagnosis to the report of a failed test."""
        scope = item.stash.get(_SCOPE, None)
        if scope is None or scope.running is None:
            return
        section = ""
        if report.failed:
            scope.has_failed = True
            section = reports.report(scope)
            reports.add(report, section)
        artifacts.note_test(scope, report, section)

    def end(self, item: pytest.Item) -> None:
        """Undo the test's changes."""
        scope = item.stash.get(_SCOPE, None)
        self._current = self._whole
        if scope is None or scope.running is None:
            return
        failing = []
        try:
            with ExitStack() as owed:  # in reverse order, each even if the previous one failed
                owed.callback(scope.running.restore, data=scope.settings.reset)
                owed.callback(_restart_exited, scope)
                owed.callback(scope.undo.close)
                failing += [self._unmatched(item, scope)]
        except LocalenvError as error:
            teller = self._sharing.first(starting.hashed((error.message,)), scope.name)
            failing += [reports.failure_once(error, teller, scope.name)]
        if any(failing):
            pytest.fail("\n\n".join(filter(None, failing)), pytrace=False)

    def close(self) -> None:
        """Undo the session's changes, and release everything."""
        self._is_closed = True
        with ExitStack() as owed:
            owed.callback(self._place.leave)
            for running in self._found.values():
                if isinstance(running, Running):
                    owed.callback(self._leave, running)
            with suppress(LocalenvError):  # the end of the session repeats it if necessary
                self._whole.undo.close()

    def _leave(self, running: Running) -> None:
        if self._sharing.recorded(running.identity).get("stays"):
            with suppress(LocalenvError):  # it was removed meanwhile
                running.leave()
        running.traffic.close()

    def _settings(self, arguments: Mapping[str, Any] | None = None) -> SessionSettings:
        return self._understood(lambda: resolve(self._config, arguments or {}, self._given or {}))

    def _understood(self, read: Callable[[], _T]) -> _T:
        try:
            return read()
        except ValueError as error:
            wrong = str(error)
        return pytest.fail(wrong, pytrace=False)

    def _bind(self, scope: Scope) -> Running:
        """The environment of a scope, started if it is not running."""
        if scope.running is None or starting.key(scope.settings) != scope.key:
            fresh = starting.key(scope.settings) not in self._found
            scope.running, scope.key = self._running(scope), starting.key(scope.settings)
            if fresh:
                scope.restart()
        found: Running = scope.running
        return found

    def _running(self, scope: Scope) -> Running:
        wanted = starting.key(scope.settings)
        if wanted not in self._found:
            self._found[wanted] = self._begun(scope)
        found = self._found[wanted]
        if isinstance(found, LocalenvError):
            teller = self._sharing.first(starting.hashed(wanted), scope.name)
            pytest.fail(reports.failure_once(found, teller, scope.name), pytrace=False)
        return found

    def _begun(self, scope: Scope) -> Running | LocalenvError:
        settings = scope.settings
        try:
            with progress.shown(self._config, scope.name) as listener:
                begun = self._started(settings, listener)
            started = begun.environment
            if started.warning:
                warnings.warn(pytest.PytestWarning(started.warning), stacklevel=2)
            running = Running(
                environment=started,
                worker=self._worker.number if begun.isolation == "worker" else 0,
                workers=1 if begun.isolation == "environment" else self._worker.of,
                is_shared=begun.isolation == "shared",
                is_guest=bool(settings.attach or settings.reuse),
            )
            if not started.warning:
                _reload(running)  # an attached environment may have older stubs
            running.begin(was_left_behind=self._place.is_left_behind or settings.reuse)
            if running.is_shared_guest:
                with self._sharing.once(f"{running.identity}.data") as is_first:
                    if is_first:
                        running.snapshot()
        except Interrupted as error:
            raise KeyboardInterrupt from error
        except LocalenvError as error:
            return error
        except pytest.fail.Exception as ended:  # by pytest-timeout
            self._cut_short.append(settings)
            return reports.cut_short(ended, is_again=self._cut_short.count(settings) > 1)
        return running

    def _started(self, settings: SessionSettings, listener: Listener) -> Begun:
        root = self._config.rootpath
        return starting.begin(settings, self._whole.settings, self._worker, root, self._sharing, listener)

    def _unmatched(self, item: pytest.Item, scope: Scope, failed: Exception | None = None) -> str:
        """The message that fails the test; warnings are emitted, and may be errors if the test has not `failed`."""
        failing, before = [], set(scope.reported)
        found = list(scope.running.traffic.unmatched(scope))
        self._sharing.know(scope.reported - before)
        for meaning, one in found:
            text = reports.finding(scope.running, one)
            if meaning is Unmatched.FAIL:
                failing.append(text)
            else:
                with nullcontext() if failed is None else suppress(pytest.PytestWarning):
                    item.warn(pytest.PytestWarning(text))
        failing += self._violating(item, scope, failed)
        return "\n\n".join(failing)

    def _violating(self, item: pytest.Item, scope: Scope, failed: Exception | None) -> list[str]:
        """What contracts do not allow, for the same message."""
        every = scope.running.traffic.violations(scope)
        self._sharing.know(one.call.id for one in every)
        if scope.settings.contract != Unmatched.WARN:
            return [reports.violation(one) for one in every if scope.settings.contract == Unmatched.FAIL]
        for text in map(reports.violation, every):
            with nullcontext() if failed is None else suppress(pytest.PytestWarning):
                item.warn(pytest.PytestWarning(text))
        return []


@contextmanager
def _reported() -> Iterator[None]:
    """Turn errors of an environment into test failures with their own message."""
    try:
        yield
    except LocalenvError as error:
        failure = reports.failure(error)
    else:
        return
    pytest.fail(failure, pytrace=False)


def _reload(running: Running) -> None:
    """Load the saved stubs when a test begins; the test keeps them to its end."""
    for refused in running.traffic.reload():
        warnings.warn(pytest.PytestWarning(refused), stacklevel=2)


def _restart_exited(scope: Scope) -> None:
    """Restart services that a failed test may have ended."""
    if scope.has_failed or scope.suspects:
        scope.running.restart_exited(suspects=scope.suspects)
