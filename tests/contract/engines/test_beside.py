"""Repository files that steps and seeds of a need can use, and settings of users or files that have no effect."""

import pytest

DESCRIPTION = """
    name: shop
    services:
      api:
        build: ../app
        command: python app.py
        port: 8000
        env_file: ../app.env
        environment: {BIND: "${bind}"}
        compose: {stop_grace_period: 20s}
    needs:
      db:
        postgres: 17
        migrate: {command: psql -f ../seeds/tables.sql, service: db}
        seed: ../seeds/main.sql
"""
FILES = {
    "app.env": "PORT=8\n",
    "seeds/tables.sql": "CREATE TABLE t (n int);\n",
    "seeds/main.sql": "\\ir part/one.sql\n\\i part/one.sql\n\\copy t FROM 'three.csv' WITH (FORMAT csv)\n",
    "seeds/part/one.sql": "INSERT INTO t VALUES (1);\n",
    "seeds/three.csv": "3\n",
}


@pytest.fixture(scope="module")
def world(shared_world):
    world = shared_world(FILES)
    world.describe(DESCRIPTION)
    world.up()
    return world


@pytest.fixture(scope="module")
def seeded(world):
    """The rows of the first start."""
    return world.run("connect", "db", "--", "-Atc", "select n from t order by n").out.split()


@pytest.fixture(autouse=True)
def _read_first(request):
    if "world" in request.fixturenames:
        request.getfixturevalue("seeded")


def test_a_step_sees_the_repository_and_a_seed_the_files_beside_it(world, seeded):
    assert seeded == ["1", "1", "3"]


def test_the_port_of_an_env_file_does_not_go_before_the_one_that_is_given(world):
    assert world.run("status").out  # it was ready, which requires the port that localenv sets


def test_a_statement_in_a_file_beside_the_seed_is_shown_where_it_stands(world):
    world.write({**FILES, "seeds/part/one.sql": "INSERT INTO t VALUES (1);\nINSERT INTO u VALUES (2);\n"})
    failed = world.run("up", "--detach", code=6)
    assert 'one.sql:2: relation "u" does not exist' in failed.err
    assert "INSERT INTO u VALUES (2);" in failed.err


def test_a_step_whose_psql_went_on_without_a_file_has_failed(world):
    world.write({"seeds/tables.sql": "CREATE TABLE IF NOT EXISTS t (n int);\n\\copy t FROM 'part/none.csv'\n"})
    failed = world.run("up", "--detach", "--fresh", code=6)
    assert "psql went on without a file: psql:../seeds/tables.sql:2: error: part/none.csv: No such file" in failed.err
    assert "start at the folder of the command" in failed.err


API = "services: {api: {build: ../app, command: python app.py, port: 8000"
MISSING = {
    "a program": ("services: {api: {build: ../app, command: no-such-program, port: 8000}}", "cannot start api: "),
    "a program by its path": (
        "services: {api: {build: ../app, command: /nowhere/bin/python app.py, port: 8000}}",
        "cannot start api: `/nowhere/bin/python` not found",
    ),
    "that of a job": (API + "}}\njobs: {one: {command: no-such-program, service: api}}", "cannot run one: "),
    "that of a smoke check": (API + "}}\nsmoke: [{command: no-such-program, service: api}]", "cannot run smoke"),
    "that of a health check": (API + ", healthcheck: {command: no-such-program}}}", "cannot check the health of api: "),
    "that of a step": (API + ", native: {setup: [no-such-program]}}}", "api: the program 'no-such-program' is not ins"),
    "an extension": (
        API + "}}\nneeds: {db: {postgres: 17, seed: [../seeds/far.sql]}}",
        "db: far.sql creates the extension far_away",
    ),
}


@pytest.mark.parametrize(("described", "messages"), MISSING.values(), ids=MISSING)
def test_what_is_missing_on_this_machine_is_found_before_anything_is_built(shop, engine, described, messages):
    shop.write({"seeds/far.sql": '-- far\nCREATE EXTENSION IF NOT EXISTS "far_away" WITH SCHEMA public;\n'})
    shop.describe(f"name: NAME\n{described}\n")
    checked = shop.run("check", "--engine", engine, code=2 if engine == "native" else 0)
    assert (messages in checked.err) is (engine == "native")
    assert not shop.left()


def test_all_that_is_missing_on_this_machine_is_told_at_once(shop):
    shop.describe("""\
        name: NAME
        services:
          api: {build: ../app, command: no-such-program, port: 8000, healthcheck: {command: no-such-check}}
          old: {build: ../app, command: node x.js, port: 8001, native: {node: "9"}, environment: {S: "${shop.url}"}}
        needs: {shop: mysql, db: {postgres: 17, extensions: [far_away]}}
        jobs: {one: {command: no-such-job, service: api}}
    """)
    expected = {"no-such-program", "no-such-check", "Node 9", "MySQL runs in Docker only", "far_away", "no-such-job"}
    for words, code in ((("check",), 2), (("up", "--detach"), 4)):
        output = shop.run(*words, "--engine", "native", code=code).err
        assert {one for one in expected if one in output} == expected
        assert "6 problems on this machine\n" in output or "this machine lacks 6 things:\n" in output


def test_raw_keys_that_come_to_nothing_are_named(shop, engine):
    raw = "compose: {pre_stop: [{command: 'true'}], develop: {watch: []}, stop_grace_period: 3s, tty: true, x-team: a}"
    shop.describe(f"name: NAME\n{API}, {raw}}}}}\n")
    output = shop.run("check", "--engine", engine)
    assert output.out == "ok envs/local.yaml\n"
    if engine == "native":
        assert output.err == "warning: compose: pre_stop, develop, tty of api: no effect: there is no container\n"
    else:
        assert "warning: compose: develop: of api has no effect: no files are watched" in output.err
        assert "warning: compose: pre_stop: of api has no effect: containers are stopped without hooks" in output.err
        assert output.err.count("warning") == 2


def test_an_entrypoint_that_nothing_runs_is_named(shop, engine):
    files = {
        "start.sh": 'exec "$@"\n',
        "Dockerfile": 'FROM python:3.13-slim\nCOPY . /app\nENTRYPOINT ["/app/start.sh"]\n',
    }
    shop.write({f"own/{name}": text for name, text in files.items()})
    for more in ("command: python app.py", "command: x, native: {command: python app.py}", "command: x, entrypoint: y"):
        shop.describe(f"name: NAME\nservices: {{api: {{build: ../own, {more}, port: 8000}}}}\n")
        told = "start.sh, the entrypoint of its image" in shop.run("check", "--engine", engine, code=None).err
        assert told == (engine == "native" and more == "command: python app.py")
