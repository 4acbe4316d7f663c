"""A service is built again when its build inputs have changed, and only then."""

import json
import subprocess

import pytest

from tests.contract.engines.conftest import APP
from tests.world.engines import docker_client

DESCRIPTION = """
    name: shop
    services:
      api: {build: .., command: python app.py, port: 8000, environment: {BIND: "${bind}"}}
    upstreams:
      payments: {stubs: ../stubs}
"""
DOCKERFILE = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n"
MAPPING = json.dumps({"request": {"urlPath": "/price"}, "response": {"status": 200}})


@pytest.fixture(scope="module")
def shop(shared_world):
    world = shared_world(app=False)
    world.write({"Dockerfile": DOCKERFILE, ".gitignore": "dist/\n", ".dockerignore": "*.md\n"})
    world.write({"stubs/mappings/a.json": MAPPING})
    world.write({"app.py": (APP / "app.py").read_text(), "dist/bundle.txt": "bundle-1", "README.md": "one"})
    subprocess.run(["git", "init", "-q", str(world.folder)], check=True)
    world.describe(DESCRIPTION)
    world.up()
    return world


def test_a_file_that_git_ignores_and_the_build_reads_is_served_as_it_is(shop):
    assert shop.get("/file", path="dist/bundle.txt") == "bundle-1"
    before = shop.instances()
    shop.write({"dist/bundle.txt": "bundle-2"})

    output = shop.up().err

    assert "api: building (code changed)" in output
    assert shop.get("/file", path="dist/bundle.txt") == "bundle-2"
    assert {name for name, one in shop.instances().items() if one != before[name]} == {"api"}


def test_descriptions_stubs_and_what_dockerignore_names_build_nothing(shop):
    before = shop.instances()
    shop.write({"README.md": "two", "envs/notes.txt": "x", "stubs/mappings/b.json": MAPPING.replace("price", "other")})

    assert shop.run("up", "--dry-run").out == "load stubs of payments (stubs changed)\n"
    shop.up()
    assert shop.instances() == before


def test_a_repository_inside_is_code_too(shop):
    shop.write({"vendor/.git/HEAD": "ref: refs/heads/main\n", "vendor/lib.txt": "one"})
    shop.up()
    shop.write({"vendor/lib.txt": "two"})

    shop.up()

    assert shop.get("/file", path="vendor/lib.txt") == "two"


def test_what_is_asked_for_is_built_again(shop, engine):
    before = shop.instances()

    output = shop.up("--build").err

    assert "api: building (built again)" in output
    replaced = {name for name, one in shop.instances().items() if one != before[name]}
    assert replaced == ({"api"} if engine == "native" else set())  # its image is unchanged
    assert shop.get("/health") == "health"
    assert shop.run("up", "--dry-run").out == "nothing to do\n"


def test_a_fresh_start_replaces_everything_and_begins_with_fresh_data(world):
    one = world()
    one.describe("""
        name: shop
        services:
          api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}}
        needs: {db: {redis: 8, seed: {command: redis-cli rpush t 1, service: db}}}
        jobs: {once: {command: "python -c 'print(1)'", service: api}}
    """)
    one.up()
    one.run("connect", "db", "--", "rpush", "t", "2")
    before = one.instances()

    output = one.up("--fresh").err

    assert one.run("connect", "db", "--", "lrange", "t", "0", "-1").out.split() == ["1"]
    assert set(before.values()).isdisjoint(one.instances().values())
    assert "once: done" in output
    assert one.get("/health") == "health"
    assert one.run("up", "--dry-run").out == "nothing to do\n"


def test_a_base_image_that_is_another_is_built_upon(world):
    one, base = world(), "localenv-test-base:dev"
    one.write({"app/Dockerfile": f"FROM {base}\nWORKDIR /app\nCOPY . .\n"})
    one.describe("""
        name: shop
        services:
          api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}}
    """)
    try:
        made(base, "base-1")
        one.up()
        assert one.get("/file", path="/base.txt").strip() == "base-1"
        made(base, "base-2")
        assert f"api: building (base image {base} changed)" in one.up().err
        assert one.get("/file", path="/base.txt").strip() == "base-2"
        one.run("down")
        made(base, "base-3")
        one.up()
        assert one.get("/file", path="/base.txt").strip() == "base-3"
        assert one.run("up", "--dry-run").out == "nothing to do\n"
    finally:
        docker_client().api.remove_image(base, force=True, noprune=True)


def made(name, text):
    dockerfile = f"FROM python:3.13-slim\nRUN echo {text} > /base.txt\n"
    argv = ["docker", "build", "-q", "-t", name, "-"]
    subprocess.run(argv, input=dockerfile.encode(), check=True, capture_output=True)
