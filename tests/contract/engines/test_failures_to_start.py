"""A service that cannot become ready is reported with the reason and its last output, and leaves nothing behind."""

import re
from pathlib import Path

import pytest

from tests.world import machine

SERVICE = """
    name: shop
    services:
      api:
        build: ../app
        command: python app.py
        port: 8000
        environment: {{BIND: "${{bind}}", {variables}}}
        {more}
"""


def fails(shop, variables, more="", *options):
    """A start that fails, with the checks for every failed start; returns its output."""
    shop.describe(SERVICE.format(variables=variables, more=more))
    done = shop.up(*options, code=5)
    assert not shop.left()
    assert done.out == ""
    return done.err


def test_one_that_exits_at_once_is_named_with_its_code_and_the_last_lines_of_its_log(shop):
    output = fails(shop, "MODE: end, CODE: 3")

    assert "api exited with code 3\n" in output
    assert "last words 29" in output
    assert "last words 10" in output
    assert "last words 9\n" not in output
    assert "--keep-on-failure" in output


def test_one_that_exits_with_0_at_once_is_a_failure_too(shop):
    output = fails(shop, "MODE: end, CODE: 0")

    assert "api exited with code 0\n" in output
    assert "move a command that ends to `jobs:`" in output
    assert "last words 29" in output


def test_one_without_a_port_that_exits_is_a_failure_too(shop):
    shop.describe("""
        name: shop
        services:
          worker: {build: ../app, command: python app.py, environment: {MODE: end, CODE: 4}}
    """)

    output = shop.up(code=5).err

    assert "worker exited with code 4\n" in output
    assert not shop.left()


@pytest.mark.parametrize("seconds", [pytest.param(0.6, marks=pytest.mark.full), 0.9])
def test_one_without_a_port_that_ends_within_a_second_is_a_failure_too(shop, seconds):
    shop.describe(f"""
        name: shop
        services:
          worker: {{image: python:3.13-slim, command: [sh, -c, "sleep {seconds}; exit 4"], native: {{working_dir: ..}}}}
    """)

    assert "worker exited with code 4\n" in shop.up(code=5).err
    assert not shop.left()


def test_one_that_answers_its_health_check_once_and_ends_is_a_failure_too(shop):
    assert "api exited with code 3\n" in fails(shop, "MODE: once, CODE: 3")


def test_one_that_crashes_again_and_again_is_not_waited_for(shop):
    output = fails(shop, "MODE: end, CODE: 7", "compose: {restart: always}")

    assert "api keeps crashing" in output
    assert "last words 29" in output


def test_one_that_is_killed_for_memory_is_told_so(shop):
    output = fails(shop, "MODE: devour", "compose: {mem_limit: 48m}")

    assert "api was killed: it exceeded its memory limit\n" in output
    assert "devouring" in output


def test_one_that_never_answers_fails_after_the_timeout_with_what_was_asked(shop):
    output = fails(shop, "MODE: wait", "healthcheck: /health", "--timeout", "3")

    assert re.search(r"api is not ready after \d s(, at the time limit of 3 s for all)?: GET /health failed", output)
    assert "; it must listen on " in output
    assert "waiting for nothing" in output


def test_one_that_answers_500_fails_with_that_answer(shop):
    output = fails(shop, "STATUS: 500", "healthcheck: {http: /health, timeout: 2s}")

    assert "api is not ready after 2 s: GET /health returned 500\n" in output
    assert "GET /health" in output


def test_a_redirect_is_no_success(shop):
    output = fails(shop, "STATUS: 302", "healthcheck: {http: /health, timeout: 1s}")

    assert "GET /health returned 302\n" in output


def test_an_image_that_cannot_be_built_is_shown_with_the_end_of_the_builders_output(world):
    one = world({"app/Dockerfile": "FROM python:3.13-slim\nRUN echo a reason to give up && exit 9\n"})
    one.describe(SERVICE.format(variables="MODE: serve", more=""))

    output = one.up(code=5).err

    assert "api: build failed: " in output
    assert "exit code: 9" in output
    assert "a reason to give up" in output
    assert not one.left()


@pytest.mark.parametrize("tool", ["pip", pytest.param("npm", marks=pytest.mark.full)])
def test_a_build_that_fails_is_named_with_the_error_of_its_tool_and_the_file_that_holds_all_of_it(world, tool):
    errors = {
        "pip": "ERROR: No matching distribution found for nothing-like-it",
        "npm": "npm error 404 Not Found - GET https://registry.example/nothing-like-it",
    }[tool]
    lines = "".join(f"print('line {number} of many');" for number in range(60))
    script = f"print('{errors}'); {lines} print('A complete log of this run can be found'); raise SystemExit(7)"
    one = world(
        {
            "app/Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nRUN python install.py\n",
            "app/install.py": script,
        }
    )
    one.describe("""
        name: shop
        services:
          api: {build: ../app, command: python app.py, port: 8000, native: {setup: [python install.py]}}
    """)

    output = one.up(code=5).err

    assert f"error: api: build failed: {errors} (" in output
    assert "python install.py, exit code: 7)\n" in output
    kept = Path(re.search(r"whole output: (\S+?)(;|\n)", output)[1])
    assert kept.stat().st_mode & 0o077 == 0
    assert "line 59 of many" in kept.read_text()
    assert not one.left()


def test_an_image_that_cannot_be_pulled_is_named_with_the_reason(shop):
    shop.describe("""
        name: shop
        services:
          api: {image: "127.0.0.1:9/no/such:1", port: 8000}
    """)

    output = shop.up(code=5).err

    assert "api: cannot pull image 127.0.0.1:9/no/such:1: " in output
    assert "hint: " in output
    assert not shop.left()


def test_a_program_that_is_not_in_the_image_is_told_in_the_engines_words(shop):
    shop.describe("""
        name: shop
        services:
          api: {build: ../app, command: no-such-program, port: 8000}
    """)

    output = shop.up(code=5).err

    assert "api" in output
    assert "no-such-program" in output
    assert "not found" in output
    assert not shop.left()


def test_one_that_somebody_removes_while_it_starts_is_not_waited_for(shop, until):
    shop.describe(SERVICE.format(variables="MODE: wait", more=""))
    running = shop.start_on_terminal("up", "--detach")
    until(lambda: "waiting for nothing" in shop.run("logs", "api", code=None).out, "start of the service")

    shop.remove("api")

    assert running.wait() == 5
    running.wait_for("hint: keep everything up")
    assert re.search("api (was removed by another process|exited with code 137)", running.text)  # gone, or going
    assert not shop.left()


@pytest.fixture(scope="module")
def checked(shared_world):
    """Every kind of healthcheck, each with a service that is slow to listen; all in one environment."""
    world = shared_world()
    kinds = {
        "late": "MODE: late}",
        "path": "MODE: late}, healthcheck: /health",
        "status": 'MODE: late, STATUS: "418"}, healthcheck: {http: /health, status: [200, 418]}',
        "host": "MODE: late, HOST_WANTED: shop.example}, healthcheck: {http: /health, host: shop.example}",
        "tcp": "MODE: late}, healthcheck: {tcp: true}",
        "own": "MODE: late}, healthcheck: {command: [python, -c, 'import urllib.request as r; "
        'r.urlopen("http://127.0.0.1:${port}/health")\']}',
    }
    world.describe(
        "name: shop\nservices:\n"
        + "".join(
            f"  {name}: {{build: ../app, command: python app.py, port: 8000, environment: {{{rest}}}\n"
            for name, rest in kinds.items()
        )
    )
    world.up()
    return world


@pytest.mark.parametrize("name", ["late", "path", "status", "host", "tcp", "own"])
def test_every_kind_of_health_check_waits_until_the_program_listens(checked, name):
    log = checked.run("logs", name).out

    assert "serving" in log
    if name != "tcp":
        assert "GET /" in log
    assert checked.status()["services"][name]["state"] == "running"


def test_a_health_check_that_hangs_leaves_no_process(shop):
    hanging = "sh -c 'sleep 47110815 & sleep 47110816'"
    shop.describe(f"""
        name: NAME
        services:
          api:
            build: ../app
            command: sleep 100
            healthcheck: {{command: "{hanging}", timeout: 1s}}
    """)

    output = shop.up("--keep-on-failure", code=5)

    assert "api is not ready after 1 s: its health check timed out after 1 s" in output.err
    assert shop.instances()  # kept, without hanging commands
    assert not list(machine.processes(("sleep\00047110815", "sleep\00047110816")))
