"""A service with neither an image nor a Dockerfile: it runs natively, and for Compose an error says what to do."""

import pytest

from tests.contract.engines.conftest import APP

SERVE = 'command: "python app.py", port: 8000, environment: {BIND: "${bind}"}'
ALIKE = {
    "a command alone": ("{" + SERVE + "}", "app.py"),
    "a build without a Dockerfile": ("{build: ../svc, " + SERVE + "}", "svc/app.py"),
    "a folder of its own": ("{native: {working_dir: ../svc}, " + SERVE + "}", "svc/app.py"),
}


@pytest.mark.parametrize(("service", "file"), ALIKE.values(), ids=ALIKE)
def test_it_runs_natively_in_its_own_folder_and_compose_says_what_to_do(world, engine, service, file):
    one = world({file: (APP / "app.py").read_text(), f"{file}.txt": "one"}, app=False)
    one.describe(f"name: NAME\nservices:\n  api: {service}\n")

    checked = one.run("check")
    assert checked.out == "ok envs/local.yaml\n"
    assert "envs/local.yaml:3:" in checked.err
    assert "api has no image and no Dockerfile" in checked.err
    if engine == "compose":
        for command in (("check", "--engine", "compose"), ("up", "--detach"), ("render",), ("render", "out")):
            output = one.run(*command, code=2).err
            assert "envs/local.yaml:3:" in output
            image = "image: in place of build:," if "build:" in service else "image:,"
            assert f"hint: add the Dockerfile, or {image} or run" in output
        return
    one.up()
    assert one.get("/file", path="app.py.txt") == "one"
    before = one.instances()
    one.write({file: (APP / "app.py").read_text() + "\n"})
    one.up()
    assert one.instances() != before
    assert one.run("up", "--dry-run").out == "nothing to do\n"


def test_a_change_in_the_folder_of_a_service_with_an_image_restarts_it_where_it_runs_there(world, engine):
    one = world({"svc/app.py": (APP / "app.py").read_text()}, app=False)
    where = "image: python:3.13-slim, native: {working_dir: ../svc}"
    mounted = "compose: {working_dir: /svc, volumes: ['../svc:/svc']}"
    one.describe(f"name: NAME\nservices:\n  api: {{{where}, {mounted}, {SERVE}}}\n")
    one.up()
    before = one.instances()
    one.write({"svc/app.py": (APP / "app.py").read_text() + "\n"})
    one.up()
    assert (one.instances() != before) == (engine == "native")
    if engine == "compose":  # what runs there is no reason not to look at the other
        assert one.run("check", "--engine", "native").out == "ok envs/local.yaml\n"
