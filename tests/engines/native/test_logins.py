"""A user and a password of any characters reach needs as they are; PostgreSQL's stands in test_kinds."""

from dataclasses import replace
from typing import Any

import pytest

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
        KINDS[name].ready(one.connection)  # logged in, which `running` waits for
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


def _with_password(one: World, password: str) -> World:
    resolution: Any = replace(one.deployment.resolution, value=lambda name: password)
    return replace(one, deployment=replace(one.deployment, resolution=resolution))
