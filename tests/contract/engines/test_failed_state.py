"""A failed start that is kept stays failed until the failed step was repeated; no command reports another state."""

import sys

import pytest

DESCRIPTION = """
    name: shop
    services:
      api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}}
    needs: {cache: redis}
    jobs:
      check: {command: grep -q JOB done.txt, service: api, inputs: [done.txt]}
    smoke: ["GET ${api.url}/SMOKE"]
"""
FINE = {"JOB": "fine", "SMOKE": "health"}


def describe(world, **parts):
    text = DESCRIPTION
    for name, value in (FINE | parts).items():
        text = text.replace(name, value)
    world.describe(text)


@pytest.fixture
def shop(world):
    made = world()
    made.write({"app/done.txt": "fine"})
    return made


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"SMOKE": "nowhere"}, 5, "/nowhere returned 404"),
        ({"JOB": "wrong"}, 6, "`grep -q wrong done.txt` exited with code 1"),
    ],
    ids=["smoke", "job"],
)
def test_what_failed_fails_again_until_it_is_mended(shop, wrong, code, words):
    describe(shop, **wrong)

    for options in (["--keep-on-failure"], []):
        failed = shop.up(*options, code=code)
        assert words in failed.err
        assert shop.status()["state"] == "failed"
        assert shop.run("up", "--dry-run").out != "nothing to do\n"
    describe(shop)
    shop.up()

    assert shop.status()["state"] == "ready"
    assert shop.run("up", "--dry-run").out == "nothing to do\n"


def test_a_job_that_failed_runs_again_also_where_its_inputs_are_again_what_they_were(shop):
    describe(shop)
    shop.up()
    shop.write({"app/done.txt": "broken"})
    shop.up(code=6)
    shop.write({"app/done.txt": "fine"})

    assert "run check: grep -q fine done.txt (did not complete)" in shop.run("up", "--dry-run").out


def test_a_service_that_was_started_again_in_vain_is_waited_for_again(shop, until):
    describe(shop, **{"python app.py": "sh -c 'sleep 1; exec python app.py'"})
    shop.up()
    shop.end("api")
    until(lambda: shop.status()["services"]["api"]["state"] == "exited")

    shop.up("--timeout", "0.02s", code=5)
    assert shop.status()["state"] == "failed"
    assert "api (was not ready)" in shop.run("up", "--dry-run").out
    shop.up()

    assert shop.status()["state"] == "ready"
    assert shop.get("/health") == "health"


def test_a_reader_that_goes_away_neither_ends_a_start_nor_fails_it(shop):
    describe(shop)

    shop.start_program("sh", "-c", '"$0" -m localenv up --detach 2>&1 | head -n 1', sys.executable).wait()

    assert shop.status()["state"] == "ready"
    assert shop.run("up", "--dry-run").out == "nothing to do\n"
