"""`extends`: maps merge, lists and scalars replace, `null` removes, and positions stay correct."""

from collections.abc import Callable
from pathlib import Path

import pytest

from localenv.description.loading import Description
from localenv.errors import DescriptionError
from localenv.errors.problems import Position

Load = Callable[..., Description]

BASE = """\
services:
  api: {build: .., port: 80, environment: {A: 1, B: 2}, profiles: [x, y]}
  worker: {build: ..}
needs:
  db: {postgres: 17, database: orders}
upstreams:
  payments: {stubs: ../stubs/payments}
"""


def test_maps_merge_lists_and_scalars_replace_and_null_removes(loaded: Load, repository: Path) -> None:
    over = (
        "extends: base.yaml\n"
        "services:\n"
        "  api: {port: 81, environment: {B: null, C: 3}, profiles: [z]}\n"
        "  worker: null\n"
        "needs: {db: {database: null, postgres: 16}}\n"
    )
    description = loaded(over, {"base.yaml": BASE})

    api = description.services["api"]
    assert (api.port, api.profiles) == (81, ("z",))
    assert {key: str(value) for key, value in api.environment.items()} == {"A": "1", "C": "3"}
    assert [*description.services] == ["api"]
    assert (description.needs["db"].databases, description.needs["db"].version) == ((), "16")
    assert description.files == (repository / "envs/local.yaml", repository / "envs/base.yaml")
    assert description.env == "local"


def test_paths_are_relative_to_the_file_that_says_them(loaded: Load, repository: Path) -> None:
    (repository / "other/stubs").mkdir(parents=True)
    (repository / "other/base.yaml").write_text("upstreams:\n  a: {stubs: stubs}\n")
    upstreams = loaded("extends: ../other/base.yaml\nupstreams:\n  b: {stubs: ../stubs/payments}\n").upstreams
    assert upstreams["a"].stubs == (repository / "other/stubs",)
    assert upstreams["b"].stubs == (repository / "stubs/payments",)


def test_a_chain_is_followed_and_a_mistake_is_told_in_the_file_that_makes_it(loaded: Load, repository: Path) -> None:
    files = {"a.yaml": "extends: b.yaml\nservices:\n  api: {prt: 1}\n", "b.yaml": BASE}
    with pytest.raises(DescriptionError) as caught:
        loaded("extends: a.yaml\nservices:\n  api: {port: x}\n", files)
    places = [problem.at for problem in caught.value.problems]
    assert places == [Position(repository / "envs/local.yaml", 3, 15), Position(repository / "envs/a.yaml", 3, 9)]


def test_a_circle_is_named_with_its_chain(loaded: Load, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    files = {"a.yaml": "extends: b.yaml\n", "b.yaml": "extends: local.yaml\n"}
    with pytest.raises(DescriptionError) as caught:
        loaded("extends: a.yaml\n", files)
    (problem,) = caught.value.problems
    assert problem.message == "circular extends: envs/local.yaml → envs/a.yaml → envs/b.yaml → envs/local.yaml"
    assert problem.at == Position(repository / "envs/b.yaml", 1, 10)


def test_a_chain_without_end_is_refused(loaded: Load) -> None:
    files = {f"{number}.yaml": f"extends: {number + 1}.yaml\n" for number in range(60)}
    with pytest.raises(DescriptionError, match="extends a chain of more than 50 files"):
        loaded("extends: 0.yaml\n", files)


def test_a_null_that_removes_nothing_is_told(loaded: Load) -> None:
    with pytest.raises(
        DescriptionError,
        match="'wrker' is not in the extended file; nothing to remove\n    hint: did you mean 'worker'",
    ):
        loaded("extends: base.yaml\nservices: {wrker: null}\n", {"base.yaml": BASE})


def test_mistakes_of_a_file_that_cannot_be_read_join_those_before_it(loaded: Load) -> None:
    with pytest.raises(DescriptionError) as caught:
        loaded("extends: a.yaml\nservices: {}\nservices: {}\n", {"a.yaml": "a: [b"})
    assert [problem.message.split(" ")[0] for problem in caught.value.problems] == ["duplicate", "not"]


def test_another_kind_replaces_a_need_when_the_first_is_removed(loaded: Load) -> None:
    over = "extends: base.yaml\nneeds: {db: {postgres: null, mariadb: 11}}\n"
    assert loaded(over, {"base.yaml": BASE}).needs["db"].kind == "mariadb"
