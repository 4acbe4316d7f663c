"""The choice of the description."""

import os

import pytest

from localenv import state
from localenv.environment.locating import Target, check_is_there, descriptions, locate
from localenv.environment.request import Request
from localenv.environment.up.preparing import identity, stack
from localenv.errors import DescriptionError, UsageError
from localenv.state import Record


@pytest.fixture
def checkout(repository, monkeypatch):
    folder = repository({"envs/local.yaml": "", "envs/ci.yml": "", "envs/notes.txt": "", "src/deep/x.py": ""})
    monkeypatch.chdir(folder)
    return folder


def test_the_nearest_folder_with_envs_is_meant(checkout):
    expected = Target(file=checkout / "envs" / "local.yaml", repository=checkout)

    assert locate() == locate("local") == locate(folder=checkout / "src" / "deep") == expected
    assert locate("ci").file == checkout / "envs" / "ci.yml"


def test_a_part_of_a_repository_may_have_envs_of_its_own(checkout, repository):
    repository({"src/envs/local.yaml": ""})

    assert locate(folder=checkout / "src" / "deep") == Target(
        file=checkout / "src" / "envs" / "local.yaml", repository=checkout
    )


def test_two_folders_envs_in_one_repository_are_two_environments(checkout, repository):
    repository({
        "envs/local.yaml": "needs: {cache: redis}", "src/envs/local.yaml": "needs: {cache: redis}",
    })  # fmt: skip

    requests = [Request(target=locate(folder=folder)) for folder in (checkout, checkout / "src")]
    names = [stack(request).name for request in requests]

    assert names[1] == "src"
    assert len({identity(request, stack(request)) for request in requests}) == 2


def test_the_environment_may_name_it(checkout, monkeypatch):
    monkeypatch.setenv("LOCALENV_ENV", "ci")

    assert locate().file.name == "ci.yml"
    assert locate("local").file.name == "local.yaml"


def test_a_path_names_a_description_anywhere_in_the_repository(checkout, repository):
    repository({"other/demo.yaml": ""})

    assert locate("other/demo.yaml") == Target(file=checkout / "other" / "demo.yaml", repository=checkout)
    assert locate("../other/demo.yaml", checkout / "src").file == checkout / "other" / "demo.yaml"
    assert locate(str(checkout / "envs" / "ci.yml")).file == checkout / "envs" / "ci.yml"


def test_without_git_the_repository_is_the_folder_that_holds_envs(tmp_path):
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / "local.yaml").write_text("")

    assert locate(folder=tmp_path).repository == tmp_path
    assert locate(str(tmp_path / "envs" / "local.yaml")).repository == tmp_path


def test_nothing_above_git_is_meant(checkout):
    inner = checkout / "src" / "inner"
    (inner / ".git").mkdir(parents=True)

    with pytest.raises(UsageError, match=r"no folder envs/ in src/inner or its parents") as raised:
        locate(folder=inner)
    assert raised.value.hint == "to write a description: localenv init"


def test_a_description_that_is_not_there_is_told_with_those_that_are(checkout):
    (checkout / "envs" / "folder.yaml").mkdir()
    (checkout / "envs" / "dangling.yaml").symlink_to("nowhere")
    with pytest.raises(UsageError, match=r"envs/demo\.yaml does not exist") as raised:
        locate("demo")
    assert raised.value.hint == "available: ci, local"
    with pytest.raises(UsageError, match=r"demo\.yaml does not exist"):
        locate("demo.yaml")


def test_every_description_is_listed(checkout):
    assert [file.name for file in descriptions(checkout / "src")] == ["ci.yml", "local.yaml"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda file: file.symlink_to(file.name), "is a link that leads to itself"),
        (lambda file: file.symlink_to("nowhere.yaml"), "is a link to a file that does not exist"),
        (lambda file: file.mkdir(), "is not a file"),
        (lambda file: os.mkfifo(file), "is not a file"),
    ],
    ids=["loop", "broken link", "folder", "pipe"],
)
def test_a_description_that_is_no_file_is_said(checkout, make, message):
    make(checkout / "envs" / "demo.yaml")

    for named in (("demo",), [str(file) for file in descriptions() if file.stem == "demo"]):
        with pytest.raises(UsageError, match=message):
            locate(*named)


def test_a_description_that_was_deleted_while_its_environment_runs_is_told_with_what_to_do(repository):
    folder = repository({"envs/ci.yaml": "needs: {cache: redis}\n"})
    gone = folder / "envs/local.yaml"
    about = {"name": "shop", "env": "local", "folder": str(folder), "description": str(gone), "engine": "native"}
    state.save(Record(identity="shop-local-0123ab", **about))

    with pytest.raises(DescriptionError) as raised:
        check_is_there(Target(file=gone, repository=folder))

    assert "the file does not exist" in str(raised.value)
    assert raised.value.problems[0].hint == (
        "available: ci; to end what it has started: localenv down shop-local-0123ab"
    )


def test_a_link_beside_a_description_stays_within_its_folder_also_outside_of_a_checkout(tmp_path):
    envs = tmp_path / "theirs" / "envs"
    envs.mkdir(parents=True)
    (tmp_path / "private.yaml").write_text("services: {}")
    (envs / "link.yaml").symlink_to(tmp_path / "private.yaml")

    for env in ("link", "envs/link.yaml", str(envs / "link.yaml")):
        with pytest.raises(UsageError, match="leads out of the repository"):
            locate(env, tmp_path / "theirs")
