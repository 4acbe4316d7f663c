"""A recorded environment is found without querying an engine."""

import socket

import pytest

from localenv import state
from localenv.environment import finding
from localenv.errors import DescriptionError, UsageError
from localenv.state import Record


def test_docker_is_not_asked_for_what_is_written_down_nor_for_what_is_no_identity(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    record = {"name": "shop", "env": "local", "folder": str(tmp_path), "description": "", "engine": "native"}
    state.save(Record(identity="shop-local-0123ab", **record))
    with socket.socket(socket.AF_UNIX) as docker:
        docker.bind(f"{tmp_path}/docker.sock")
        docker.listen()
        docker.setblocking(False)

        assert finding.find("shop-local-0123ab").name == "shop"
        assert finding.find("local") is None

        with pytest.raises(BlockingIOError):
            docker.accept()


def _record(repository, identity, **more):
    record = {"env": "local", "folder": str(repository), "description": str(repository / "envs/local.yaml")}
    state.save(Record(identity=identity, name=identity.partition("-")[0], engine="native", **record, **more))


@pytest.mark.parametrize(
    "now", ["name: till\nneeds: {cache: redis}\n", "needs: {cache: [\n"], ids=["renamed", "broken"]
)
def test_what_a_description_has_started_is_meant_whatever_it_says_since(repository, monkeypatch, now):
    folder = repository({"envs/local.yaml": now})
    monkeypatch.chdir(folder)
    _record(folder, "shop-local-0123ab")

    assert finding.resolve(None) == "shop-local-0123ab"


def test_so_is_what_one_has_started_that_is_gone_from_wherever_it_was(repository, monkeypatch):
    folder = repository({"docs/a.md": ""})
    _record(folder, "shop-local-0123ab")

    for place in (folder, folder / "docs"):
        monkeypatch.chdir(place)
        assert finding.resolve(None) == "shop-local-0123ab"
    monkeypatch.chdir(folder)
    assert finding.resolve("envs/local.yaml") == "shop-local-0123ab"
    with pytest.raises(UsageError):
        finding.resolve("demo")


def test_what_was_started_by_another_name_is_meant_by_that_alone(repository, monkeypatch):
    folder = repository({"envs/local.yaml": "name: shop\nneeds: {cache: redis}\n"})
    monkeypatch.chdir(folder)
    _record(folder, "demo-local-0123ab", is_named=True)

    assert finding.resolve(None, "demo") == "demo-local-0123ab"
    assert finding.resolve(None) == state.identity("shop", "local", folder)


def test_a_description_that_cannot_be_used_does_not_mean_what_was_started_by_another_name(repository, monkeypatch):
    folder = repository({"envs/local.yaml": "needs: {cache: [\n"})
    monkeypatch.chdir(folder)
    _record(folder, "demo-local-0123ab", is_named=True)

    with pytest.raises(DescriptionError):
        finding.resolve(None)


def test_of_several_that_a_description_has_started_the_one_of_its_present_name_is_meant(repository, monkeypatch):
    folder = repository({"envs/local.yaml": "name: shop\nneeds: {cache: redis}\n"})
    monkeypatch.chdir(folder)
    present = state.identity("shop", "local", folder)
    for identity in ("till-local-0123ab", present):
        _record(folder, identity)

    assert finding.resolve(None) == present


def test_inside_of_an_environment_that_one_is_meant_unless_another_is_named(repository, monkeypatch):
    folder = repository({"envs/local.yaml": "name: shop\nneeds: {cache: redis}\n"})
    monkeypatch.chdir(folder)
    _record(folder, "shop-ci-0123ab")
    monkeypatch.setenv("LOCALENV_ENVIRONMENT", "shop-ci-0123ab")

    assert finding.resolve(None) == "shop-ci-0123ab"
    assert finding.resolve(None, "demo") == state.identity("demo", "local", folder)

    state.forget("shop-ci-0123ab")
    assert finding.resolve(None) == state.identity("shop", "local", folder)
