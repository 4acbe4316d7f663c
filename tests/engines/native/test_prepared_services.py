"""Services with folders prepared by `native.setup`, in running environments: the steps repeated, when, and why."""

import json
from functools import partial

import pytest

from tests.contract.engines.conftest import APP
from tests.world.world import World, worlds

DESCRIPTION = """
    name: NAME
    services:
      api:
        build: "../svc [v1]"
        command: python app.py
        port: 8000
        environment: {BIND: "${bind}"}
        native:
          setup:
            - {command: python ../tools/collect.py one, inputs: ["assets/**"]}
            - python ../tools/collect.py two
            - {command: python ../tools/collect.py three, inputs: []}
"""
COLLECT = """
import pathlib, sys
made = pathlib.Path("made")
made.mkdir(exist_ok=True)
(made / f"{sys.argv[1]}.txt").write_text("made with VERSION")
with pathlib.Path("log.txt").open("a") as log:
    log.write(sys.argv[1] + " ")
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    own = {name: str(home / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    with worlds(partial(tmp_path_factory.mktemp, "world")) as make:
        world = make("native", at="shop", own=own)
        world.write({"svc [v1]/app.py": (APP / "app.py").read_text(), "svc [v1]/assets/css/a.css": "1"})
        world.write({"svc [v1]/.dockerignore": "log.txt\n", "tools/collect.py": COLLECT})  # this test writes it too
        world.describe(DESCRIPTION)
        world.up()
        yield world


def done(shop: World) -> list[str]:
    """The steps that ran since the last call."""
    log = shop.folder / "svc [v1]/log.txt"
    steps = log.read_text().split()
    log.write_text("")
    return steps


def test_each_step_is_done_once_and_an_edit_of_the_code_does_none(shop):
    assert done(shop) == ["one", "two", "three"]
    assert shop.run("up", "--dry-run").out == "nothing to do\n"  # what the steps have made is no code
    shop.write({"svc [v1]/app.py": (APP / "app.py").read_text() + "\n"})

    assert "api: building (code changed)" in shop.up().err
    assert done(shop) == []
    assert shop.run("up", "--dry-run").out == "nothing to do\n"


def test_a_changed_input_redoes_from_the_first_changed_step_on_and_plan_says_why(shop):
    done(shop)
    shop.write({"tools/collect.py": COLLECT.replace("VERSION", "2")})  # outside of the service's folder
    shown = shop.run("plan").out

    assert (
        "natively after python ../tools/collect.py one\n    again after a change of svc [v1]/assets/css/a.css" in shown
    )
    assert "collect.py two (due: tools/collect.py changed)\n    again after a change of tools/collect.py" in shown
    assert "collect.py three (due: after python ../tools/collect.py two)\n    once: it has no inputs" in shown
    assert "api: building (tools/collect.py changed)" in shop.up().err
    assert done(shop) == ["two", "three"]
    assert shop.get("/file", path="made/two.txt") == "made with 2"
    assert shop.run("up", "--dry-run").out == "nothing to do\n"


def test_a_file_in_a_folder_that_a_glob_means_is_an_input(shop):
    done(shop)
    shop.write({"svc [v1]/assets/css/a.css": "2"})

    assert "api: building (svc [v1]/assets/css/a.css changed)" in shop.up().err
    assert done(shop) == ["one", "two", "three"]


def test_what_was_made_and_is_gone_is_made_again(shop):
    done(shop)
    (shop.folder / "svc [v1]/made/two.txt").unlink()

    assert "api: building (made/two.txt is missing)" in shop.up().err
    assert done(shop) == ["two", "three"]
    assert shop.get("/file", path="made/two.txt").startswith("made")


def test_each_command_is_told_while_it_runs_with_its_last_line(shop):
    shop.write({"tools/collect.py": COLLECT + "print('collected')\n"})
    lines = shop.up("--json").out.splitlines()

    details = [event["detail"] for event in map(json.loads, lines) if event["subject"] == "api"]
    assert "python ../tools/collect.py two (tools/collect.py changed)" in details
    assert "python ../tools/collect.py three: collected" in details


def test_what_steps_made_for_an_environment_that_is_gone_is_no_code_of_the_next(shop):
    shop.run("down")
    shop.up()
    shop.write({"tools/collect.py": COLLECT.replace("VERSION", "the next")})
    assert "api: building (tools/collect.py changed)" in shop.up().err
    assert shop.run("up", "--dry-run").out == "nothing to do\n"
    shop.write({"svc [v1]/made/two.txt": "made by hand"})
    assert "api: building (code changed)" in shop.up().err


def test_what_somebody_has_changed_and_a_due_step_makes_again_is_no_code(shop):
    shop.up()
    shop.write({"svc [v1]/made/two.txt": "of an older commit", "tools/collect.py": COLLECT.replace("VERSION", "again")})
    assert "api: building (tools/collect.py changed)" in shop.up().err
    assert shop.run("up", "--dry-run").out == "nothing to do\n"
