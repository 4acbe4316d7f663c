"""An environment in Docker whose state is in the folder of another user, or of another HOME."""

from pathlib import Path

import pytest

from tests.world.world import World

pytestmark = pytest.mark.docker


def test_a_command_says_that_passwords_are_not_known(world: World, tmp_path: Path) -> None:
    world.describe("name: NAME\nneeds: {cache: redis}\n")
    world.up("--detach")

    other = world.run("status", more={"XDG_STATE_HOME": str(tmp_path / "other")})

    assert f"{world.identity} runs, but its state is not in {tmp_path}/other/localenv: passwords" in other.err
    assert "its state" not in world.run("status").err
