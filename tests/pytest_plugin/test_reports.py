"""Reports about an environment that could not be started."""

from types import SimpleNamespace
from typing import Any

import pytest

from localenv import pytest_plugin, redaction
from localenv.errors import NotReadyError
from localenv.pytest_plugin import reports
from localenv.pytest_plugin.scope import Scope
from localenv.pytest_plugin.settings import SessionSettings


def test_the_log_of_what_did_not_start_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction.text, "_known", redaction.text._Known())
    redaction.learn(["hunter2-hunter2"])

    report = reports.failure(NotReadyError("api: it exited", log=["cannot log in with hunter2-hunter2"], hint="look"))

    assert report == "localenv: api: it exited\n    cannot log in with ***\n  hint: look"


def test_later_tests_name_the_one_that_has_shown_a_failure_in_full() -> None:
    error = NotReadyError("db: reset failed: items is gone", log=["it"], hint="look")

    assert reports.failure_once(error, "test_a", "test_a") == reports.failure(error)
    shown = "localenv: db: reset failed: items is gone (shown in full by test_a)"
    assert reports.failure_once(error, "test_a", "test_b") == shown


def test_a_start_that_a_time_limit_ends_says_what_it_waited_for() -> None:
    ended = pytest.fail.Exception("Timeout (>6.0s) from pytest-timeout.")
    ended.add_note("app: waiting (GET / failed)")

    shown = reports.failure(reports.cut_short(ended, is_again=True))

    first, second, _ = shown.splitlines()
    assert first == "localenv: the environment was still starting: Timeout (>6.0s) from pytest-timeout."
    assert second == "    app: waiting (GET / failed)"


def test_a_time_limit_that_ends_an_import_shows_no_stack_of_python() -> None:
    own = pytest.fail.Exception("localenv: api exited", pytrace=False)
    ended: Any = pytest_plugin._short(pytest.fail.Exception("Timeout (>6.0s) from pytest-timeout."))

    assert pytest_plugin._short(own) is own
    assert not ended.pytrace
    assert str(ended) == "localenv: the environment was still starting: Timeout (>6.0s) from pytest-timeout."


@pytest.mark.parametrize(
    ("surrounding", "shown"), [("shop-local-0123ab", "to reproduce, while it runs: "), (None, "to reproduce: ")]
)
def test_an_environment_in_which_pytest_runs_may_be_gone_when_a_failure_is_reproduced(
    monkeypatch: pytest.MonkeyPatch, surrounding: str | None, shown: str
) -> None:
    monkeypatch.setattr(reports, "surrounding", lambda: surrounding)
    running: Any = SimpleNamespace(identity="shop-local-0123ab")
    settings = SessionSettings(attach="shop-local-0123ab")
    scope = Scope(name="test_b", settings=settings, arguments={}, again="pytest test_a.py::test_b")

    assert reports._again(scope, running) == f"{shown}pytest test_a.py::test_b --localenv-attach shop-local-0123ab"
