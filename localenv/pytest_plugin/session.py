"""One process of a test session: its environments, and the test it is running."""

import os
import warnings
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from localenv.errors import Interrupted, LocalenvError
from localenv.pytest_plugin import artifacts, reports, sharing, starting
from localenv.pytest_plugin.facade import Facade
from localenv.pytest_plugin.running import Running
from localenv.pytest_plugin.scope import Scope
from localenv.pytest_plugin.settings import Settings, resolve
from localenv.pytest_plugin.starting import Worker
from localenv.stack import Unmatched

_SCOPE = pytest.StashKey[Scope]()


class Session:
    """Starts what tests ask for, and keeps each test's changes to itself."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        told: Mapping[str, Any] = getattr(config, "workerinput", {})
        self._sharing = sharing.join(told.get("localenv_owner", os.getpid()), config.rootpath)
        workers = int(told.get("workercount", 1))
        self._place = sharing.take_place(self._sharing, workers)
        self._worker = Worker(number=self._place.number, of=max(workers, self._place.number + 1))
        self._given: Mapping[str, Any] | None = None  # by the fixture `localenv_settings`
        self._found: dict[tuple[object, ...], Running | LocalenvError] = {}
        self._whole = Scope(name="session", settings=Settings())
        self._current = self._whole

    def fixture(self, given: Mapping[str, Any]) -> Facade:
        """The environment for the session; it runs."""
        self._given = given
        self._whole.settings = self._settings()
        if self._current is not self._whole:
            self._current.settings = self._settings(self._current.arguments)
        self._bind(self._current)
        return Facade(lambda: (self._bind(self._current), self._whole))

    def test_fixture(self, item: pytest.Item) -> Facade:
        """The environment for one test; it runs."""
        scope = item.stash[_SCOPE]
        running = self._bind(scope)
        return Facade(lambda: (running, scope))

    def begin(self, item: pytest.Item) -> None:
        """From now on requests are this test's."""
        marker = item.get_closest_marker("localenv")
        arguments = dict(marker.kwargs) if marker else {}
        scope = Scope(name=item.nodeid, settings=self._settings(arguments), arguments=arguments)
        item.stash[_SCOPE] = self._current = scope
        if self._given is not None:
            self._bind(scope)

    def check(self, item: pytest.Item) -> None:
        """Fail for requests that no stub matched."""
        scope = item.stash.get(_SCOPE, None)
        if scope is None or scope.running is None:
            return
        if failing := self._unmatched(scope):
            pytest.fail(failing, pytrace=False)

    def explain(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Add to the report of a test that failed what can be seen of the environment."""
        scope = item.stash.get(_SCOPE, None)
        if scope is None or scope.running is None:
            return
        if report.failed:
            scope.has_failed = True
            report.sections.insert(0, ("localenv", reports.report(scope)))
        artifacts.note_test(scope, report)

    def end(self, item: pytest.Item) -> None:
        """Undo what the test has changed."""
        scope = item.stash.get(_SCOPE, None)
        self._current = self._whole
        if scope is None or scope.running is None:
            return
        with ExitStack() as owed:  # the last first, each also where the one before fails
            if scope.settings.reset:
                owed.callback(scope.running.reset)
            owed.callback(_revive, scope)
            owed.callback(scope.undo.close)
            failing = self._unmatched(scope)
        if failing:
            pytest.fail(failing, pytrace=False)

    def close(self) -> None:
        """Undo what was changed for the session, and let go of everything."""
        self._whole.undo.close()
        for running in self._found.values():
            if isinstance(running, Running):
                self._leave(running)
        self._place.leave()

    def _leave(self, running: Running) -> None:
        if self._sharing.noted(running.identity).get("stays"):
            with suppress(LocalenvError):  # it was removed meanwhile
                running.leave()
        running.traffic.close()

    def _settings(self, arguments: Mapping[str, Any] | None = None) -> Settings:
        try:
            return resolve(self._config, arguments or {}, self._given or {})
        except ValueError as error:
            raise pytest.UsageError(str(error)) from error

    def _bind(self, scope: Scope) -> Running:
        """The environment of a scope, started where it is not running yet."""
        if scope.running is None or starting.key(scope.settings) != scope.key:
            fresh = starting.key(scope.settings) not in self._found
            scope.running, scope.key = self._running(scope.settings), starting.key(scope.settings)
            if fresh:
                scope.restart()
        found: Running = scope.running
        return found

    def _running(self, settings: Settings) -> Running:
        wanted = starting.key(settings)
        if wanted not in self._found:
            self._found[wanted] = self._begun(settings)
        found = self._found[wanted]
        if isinstance(found, LocalenvError):
            pytest.fail(reports.failure(found), pytrace=False)
        return found

    def _begun(self, settings: Settings) -> Running | LocalenvError:
        try:
            started = starting.begin(settings, self._worker, Path(self._config.rootpath), self._sharing)
            running = Running(
                environment=started,
                worker=self._worker.number if settings.isolation == "worker" else 0,
                workers=1 if settings.isolation == "environment" else self._worker.of,
                is_shared=settings.isolation == "shared",
                is_guest=bool(settings.attach or settings.reuse),
            )
            running.tidy(was_left_behind=self._place.is_left_behind or settings.reuse)
        except Interrupted as error:
            raise KeyboardInterrupt from error
        except LocalenvError as error:
            return error
        return running

    def _unmatched(self, scope: Scope) -> str:
        """What fails the test; what only warns is told as a warning."""
        failing, before = [], set(scope.told)
        found = list(scope.running.traffic.unmatched(scope))
        if fresh := scope.told - before:
            self._sharing.know(fresh)
        for meaning, one in found:
            text = reports.finding(scope.running, one)
            if meaning is Unmatched.FAIL:
                failing.append(text)
            else:
                warnings.warn(pytest.PytestWarning(text), stacklevel=2)
        return "\n\n".join(failing)


def _revive(scope: Scope) -> None:
    """What a test that failed may have ended runs again."""
    if scope.has_failed or scope.suspects:
        scope.running.revive(suspects=scope.suspects)
