"""Error messages, and the exit code of the command."""

from pathlib import Path

import pytest

from localenv import errors
from localenv.errors import DescriptionError, LocalenvError, shown
from localenv.errors.problems import Position, Problem


def test_every_way_to_fail_has_the_exit_code_that_is_promised():
    codes = {
        kind.__name__: kind.exit_code for kind in LocalenvError.__subclasses__() if kind.__module__ == "localenv.errors"
    }

    assert LocalenvError.exit_code == 1
    assert codes == {
        "UsageError": 2,
        "DescriptionError": 2,
        "InternalError": 3,
        "EngineError": 4,
        "NotReadyError": 5,
        "JobError": 6,
        "Interrupted": 130,
    }


def test_a_mistake_says_where_what_and_what_to_try(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    at = Position(tmp_path / "envs" / "local.yaml", 3, 7)

    assert str(Problem("unknown service 'apu'", at, "did you mean 'api'?")) == (
        "envs/local.yaml:3:7: unknown service 'apu'\n    hint: did you mean 'api'?"
    )
    assert str(Problem("something")) == "something"


def test_all_mistakes_are_told_at_once_in_their_order():
    error = DescriptionError([Problem("first"), Problem("second", hint="try")])

    assert str(error) == "first\nsecond\n    hint: try"
    assert [problem.message for problem in error.problems] == ["first", "second"]


def test_a_failure_carries_the_end_of_a_log_and_a_hint():
    error = errors.NotReadyError("api: it exited", hint="look", log=["a", "b"])

    assert (error.message, error.hint, error.log) == ("api: it exited", "look", ("a", "b"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [("work/envs/a.yaml", "envs/a.yaml"), ("work", "."), ("other/b.yaml", "{root}/other/b.yaml"), ("work/..x", "..x")],
)
def test_a_path_is_shown_as_one_would_type_it(tmp_path, monkeypatch, path, expected):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    assert shown(tmp_path / path) == expected.format(root=tmp_path)


def test_positions_sort_as_they_stand_in_the_file():
    file = Path("a.yaml")
    places = [Position(file, 10, 1), Position(file, 2, 9), Position(file, 2, 10)]

    assert sorted(places) == [places[1], places[2], places[0]]
