"""The source of a setting: argument, command line, variable, ini, default."""

from typing import Any

import pytest

from localenv.pytest_plugin.settings import OPTIONS, SessionSettings, marked, resolve


class Config:
    """A fake pytest configuration."""

    def __init__(self, options: dict[str, Any] | None = None, ini: dict[str, str] | None = None) -> None:
        self.options, self.ini = options or {}, ini or {}

    def getoption(self, name: str, default: Any = None) -> Any:
        return self.options.get(name, default)

    def getini(self, name: str) -> str:
        return self.ini.get(name, "")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)


def test_each_source_goes_before_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve(Config()).env == ""
    assert resolve(Config(ini={"localenv_env": "ini"})).env == "ini"
    monkeypatch.setenv("LOCALENV_ENV", "variable")
    assert resolve(Config(ini={"localenv_env": "ini"})).env == "variable"
    assert resolve(Config({"localenv_env": "option"})).env == "option"
    assert resolve(Config({"localenv_env": "option"}), {}, {"env": "fixture"}).env == "fixture"
    assert resolve(Config({"localenv_env": "option"}), {"env": "marker"}, {"env": "fixture"}).env == "marker"


@pytest.mark.parametrize(("text", "reuses"), [("1", True), ("yes", True), ("True", True), ("0", False), ("no", False)])
def test_a_switch_can_be_a_variable(monkeypatch: pytest.MonkeyPatch, text: str, reuses: bool) -> None:
    monkeypatch.setenv("LOCALENV_REUSE", text)

    assert resolve(Config()).reuse is reuses


def test_defaults_are_honest_and_leave_nothing() -> None:
    assert resolve(Config()) == SessionSettings(isolation="worker", unmatched="", keep="never", reset=True)


def test_markers_of_a_test_and_of_its_class_say_it_together() -> None:
    marks = [pytest.mark.localenv(reset=False).mark, pytest.mark.localenv(env="ci", reset=True).mark]

    assert marked(marks) == {"env": "ci", "reset": False}


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (pytest.mark.localenv("ci"), "takes settings by name, such as env='ci'"),
        (pytest.mark.localenv(enw="ci"), "has no 'enw'; available: engine, env, isolation, reset, unmatched"),
        (pytest.mark.localenv(keep="always"), "has no 'keep'"),
    ],
)
def test_a_marker_that_would_have_no_effect_is_refused(mark: pytest.MarkDecorator, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        marked([mark.mark])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"enviroment": "ci"}, "localenv has no setting 'enviroment'"),
        ({"keep": "sometimes"}, "keep is one of failed, always, never, not 'sometimes'"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(given: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        resolve(Config(), given)
