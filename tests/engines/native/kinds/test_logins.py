"""User names and passwords with any characters reach needs unchanged; those of PostgreSQL are in test_kinds."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from localenv.engines.native.kinds import rabbitmq
from localenv.needs import NotYet
from localenv.needs.kinds import KINDS
from tests.engines.native.conftest import Start, World

ODD = (
    "#",
    "a #b",
    '"double"',
    "sin'gle",
    "back\\slash\\",
    " around ",
    "$HOME ${x} %d",
    "-- dash",
    "{,}[.]:=",
    "ü漢",
    "a\tb",
    "two\nlines",
    "re\rturn",
)


@pytest.mark.parametrize("name", ["mariadb", "redis", "rabbitmq", "nats"])
def test_a_user_and_a_password_of_any_characters_log_in(world: Start, name: str) -> None:
    user, password = " ".join(ODD), "".join(ODD)
    one = _with_password(world(name, user=user), password)
    with one.running():
        KINDS[name].ready(one.connection)  # checks the login, which `running` waits for
        with pytest.raises(NotYet):
            KINDS[name].ready(replace(one.connection, password=f"{password}x"))


@pytest.mark.parametrize("password", ["--requirepass", "--port 1", "--", "-"])
def test_a_password_that_looks_like_an_option_is_one_and_stands_in_a_private_file(world: Start, password: str) -> None:
    one = _with_password(world("redis"), password)
    with one.running():
        KINDS["redis"].ready(one.connection)
        with pytest.raises(NotYet):
            KINDS["redis"].ready(replace(one.connection, password="requirepass"))
    assert (one.room.data / "redis.conf").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("password", ["s3cret", ""], ids=["password", "open"])
def test_redis_refuses_whatever_would_write_files_or_load_programs_as_this_user(world: Start, password: str) -> None:
    one = world("redis", password=password)
    one = _with_password(one, password)
    with one.running(), redis.Redis(port=one.room.port, password=password or None) as client:
        assert client.set("a", "b")
        assert client.acl_whoami() == "default"
        assert client.eval("return redis.call('GET', KEYS[1])", 1, "a") == b"b"  # programs need scripts
        for command in (
            "CONFIG SET dir /tmp", "CONFIG GET dir", "MODULE LOAD x.so", "REPLICAOF 127.0.0.1 1", "SLAVEOF NO ONE",
            "DEBUG SLEEP 0", "ACL SETUSER default +@all", "ACL LOAD", "FAILOVER TO 127.0.0.1 1 FORCE TIMEOUT 1", "SYNC",
            "PSYNC ? -1", "SHUTDOWN NOSAVE", *([] if password else ["MONITOR"]),
        ):  # fmt: skip
            with pytest.raises(redis.ResponseError, match=r"no permissions|not allowed|unknown command"):
                client.execute_command(*command.split())


@pytest.mark.parametrize("name", ["postgres", "mariadb", "redis", "rabbitmq", "nats"])
def test_nobody_gets_in_without_the_password_where_the_description_says_none(world: Start, name: str) -> None:
    one = world(name)
    with one.running(), pytest.raises(NotYet):
        KINDS[name].ready(replace(one.connection, password=""))


def test_only_its_user_can_read_what_rabbitmqs_tools_log_in_with(
    world: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "rabbit-4.0.0").mkdir()
    for tool in ("rabbitmq-server", "rabbitmqctl"):
        (tmp_path / "bin" / tool).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / tool).chmod(0o755)
    monkeypatch.setattr(rabbitmq, "_INSIDE", tmp_path / "bin")
    before = os.umask(0)
    try:
        one = world("rabbitmq")
        program = one.program()
    finally:
        os.umask(before)
    cookie = (one.room.data / ".erlang.cookie").read_text()
    assert one.room.data.stat().st_mode & 0o077 == 0
    modes = {file.name: file.stat().st_mode & 0o077 for file in one.room.data.rglob("*") if file.is_file()}
    assert len(cookie) == 64
    assert {"advanced.config", ".erlang.cookie", "rabbitmqctl"} <= modes.keys()
    assert set(modes.values()) == {0}
    assert not any(cookie in text for text in (*program.argv, *program.environment.values()))


def _with_password(one: World, password: str) -> World:
    resolution: Any = replace(one.deployment.resolution, value=lambda name: password)
    return replace(one, deployment=replace(one.deployment, resolution=resolution))
