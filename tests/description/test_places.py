"""Paths with any name: a folder's name is not a pattern."""

import os
from pathlib import Path

import pytest

from localenv.description.files import Bounds
from localenv.errors.problems import Position


@pytest.mark.parametrize("name", ["app [v1]", "a*b", "what?", "a: b", "[slug]"])
@pytest.mark.parametrize("pattern", ["*.sql", "**/*.sql", "a.sql", "part [1]/*.sql", "part [1]", "part [1]/b.sql"])
def test_a_folder_that_is_called_like_a_pattern_is_a_folder(tmp_path: Path, name: str, pattern: str) -> None:
    repository = tmp_path / name
    (repository / "part [1]").mkdir(parents=True)
    (repository / "a.sql").touch()
    (repository / "part [1]" / "b.sql").touch()
    found, problem = Bounds(repository=repository).expanded(repository / pattern, Position(repository / "x.yaml"))
    wanted = {"*.sql": ["a.sql"], "**/*.sql": ["a.sql", "b.sql"], "a.sql": ["a.sql"]}.get(pattern, ["b.sql"])
    assert problem is None
    assert [file.name for file in found] == wanted


def test_a_pipe_is_neither_read_nor_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "more.env")

    problem = Bounds(repository=tmp_path).problem(tmp_path / "more.env", Position(tmp_path / "x.yaml"), "file")

    assert problem is not None
    assert "is neither a file nor a folder" in problem.message


@pytest.mark.parametrize(
    ("target", "words"),
    [("more.env", "is a link that leads to itself"), ("gone.env", "is a link to a file that does not exist")],
)
def test_a_link_that_leads_nowhere_is_said_to_be_one(tmp_path: Path, target: str, words: str) -> None:
    (tmp_path / "more.env").symlink_to(target)

    problem = Bounds(repository=tmp_path).problem(tmp_path / "more.env", Position(tmp_path / "x.yaml"), "file")

    assert problem is not None
    assert words in problem.message
    assert not problem.hint
