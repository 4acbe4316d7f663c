"""The record of an environment, whatever happens during a write."""

import json
import os
import re
from pathlib import Path

import pytest

from localenv import paths, state
from localenv.errors import LocalenvError
from localenv.stack.states import EnvironmentState
from localenv.state import Owner, Record, locking

NAME = "orders-local-123456"


@pytest.fixture
def record() -> Record:
    return Record(
        identity=NAME, name="orders", env="local", folder="/f", description="/f/envs/local.yaml", engine="compose"
    )


def written(document: object, name: str = NAME) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    (paths.state(name) / "state.json").write_text(text)


def test_a_record_is_read_as_it_was_written(record):
    full = record.but(
        state=EnvironmentState.READY,
        generation=3,
        owner=Owner(pid=1, start=2, boot="b"),
        ports={"api": 20000},
        components={"api": "d1"},
        jobs={"db.migrate": "d2"},
        builds={"api": "d3"},
        keeps=("db",),
        profiles=("full",),
        detail="fine",
    )

    state.save(full)

    assert state.load(NAME) == full
    assert state.known() == [full]


def test_what_was_never_written_is_not_there():
    assert state.load(NAME) is None
    assert state.known() == []


def test_a_write_that_fails_leaves_the_old_record_and_nothing_else(record, monkeypatch):
    state.save(record)

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        state.save(record.but(detail="new"))

    assert state.load(NAME) == record
    assert [file.name for file in paths.state(NAME).iterdir()] == ["state.json"]


def test_nobody_else_can_read_what_is_recorded(record):
    old = os.umask(0)
    try:
        state.save(record)
        state.passwords(NAME, ["db"])
        with locking.lock(NAME):
            pass
    finally:
        os.umask(old)

    folder = paths.state(NAME)
    assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert paths.locks().stat().st_mode & 0o777 == 0o700


def test_a_record_of_a_newer_version_is_refused_and_hides_no_other(record):
    state.save(record.but(identity="other-local-1"))
    written({"version": 2, "anything": True})

    with pytest.raises(LocalenvError, match="newer localenv"):
        state.load(NAME)
    assert [found.identity for found in state.known()] == ["other-local-1"]


def test_keys_of_a_later_release_are_ignored(record):
    state.save(record.but(owner=Owner(pid=1, start=2, boot="b")))
    document = json.loads((paths.state(NAME) / "state.json").read_text())
    document["later"] = document["owner"]["later"] = 1
    written(document)

    assert state.load(NAME) == record.but(owner=Owner(pid=1, start=2, boot="b"))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "1", "{}", '{"version": "x"}', '{"state": "unheard of"}', "\0"]
)
def test_a_record_that_cannot_be_ours_is_none(text):
    written(text)

    assert state.load(NAME) is None


def test_passwords_stay_the_same_as_long_as_the_environment_lives():
    first = state.passwords(NAME, ["db", "cache"])

    assert state.passwords(NAME, ["cache", "db", "more"]).items() >= first.items()
    assert len(set(first.values())) == 2
    assert all(re.fullmatch("[A-Za-z0-9]{32}", password) for password in first.values())
    state.forget(NAME)
    assert state.passwords(NAME, ["db"])["db"] != first["db"]


def test_forgetting_leaves_nothing(record):
    state.save(record)
    state.forget(NAME)
    state.forget(NAME)

    assert paths.states() == ()


def test_two_folders_of_one_name_are_two_environments(tmp_path):
    one, other = tmp_path / "a" / "orders", tmp_path / "b" / "orders"

    first = state.identity("orders", "local", one)

    assert re.fullmatch("orders-local-[0-9a-f]{6}", first)
    assert first == state.identity("orders", "local", tmp_path / "a" / ".." / "a" / "orders")
    assert first != state.identity("orders", "local", other)


def test_a_link_to_a_checkout_is_that_checkout(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert state.identity("orders", "local", tmp_path / "link") == state.identity("orders", "local", tmp_path / "real")


@pytest.mark.parametrize(
    ("name", "env"),
    [("n" * 63, "e" * 63), ("n" * 63, "local"), ("n", "e" * 63), ("n" * 55 + "-", "local"), ("a", "b" * 200)],
)
def test_an_identity_is_a_name_that_compose_and_dns_take(tmp_path, name, env):
    found = state.identity(name, env, tmp_path / ("f" * 200))

    assert len(found) <= 63
    assert re.fullmatch("[a-z0-9][a-z0-9_-]*[a-z0-9]", found)
    assert "--" not in found


def test_long_names_that_begin_the_same_are_told_apart(tmp_path):
    names = [("n" * 62 + end, env) for end in "ab" for env in ("local", "ci")]

    assert len({state.identity(name, env, tmp_path) for name, env in names}) == 4


def test_a_hyphen_does_not_make_two_environments_one(tmp_path):
    assert state.identity("orders-ci", "local", tmp_path) != state.identity("orders", "ci-local", tmp_path)
