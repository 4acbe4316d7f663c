"""Migrate, seed and jobs: what they do, in which order, and what happens when one fails."""

import gzip
import re
import shlex

import pytest

FILLED = """
    name: shop
    services:
      api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}", DB: "${db.url}"}}
    needs:
      db:
        postgres: 17
        user: keeper
        database: people
        migrate:
          - {command: "psql -c 'create table people (id int primary key, name text)'", service: db}
          - {command: sh more.sh, service: db, environment: {COLUMN: town}}
        seed:
          - ../seeds/*.sql
          - {file: ../seeds/people.csv, table: people}
          - {file: ../seeds/people.ndjson, table: people}
          - ../seeds/packed.sql.gz
          - command: >-
              sh -c 'echo $PGUSER@$PGDATABASE; psql -c "insert into people values (9, chr(57))"'
            service: db
    jobs:
      last: {command: python -c 'print("the last")', service: api, depends_on: [first]}
      first: {command: python -c 'print("the first")', service: api}
"""
SEEDS = {
    "envs/more.sh": 'psql -c "alter table people add column $COLUMN text"\n',
    "seeds/20_second.sql": "update people set name = name || ' the first' where id = 1;\n",
    "seeds/10_first.sql": "insert into people values (1, 'one');\n",
    "seeds/people.csv": 'id,name,town\n2,"two, ""too""",\n3,drei,Köln\n',
    "seeds/people.ndjson": '{"id": 4, "name": "四"}\n{"id": 5}\n',
    "seeds/packed.sql.gz": gzip.compress(b"insert into people values (6, 'packed');"),
}
STEPS = ["db.migrate", "db.migrate.2", "db.seed", *(f"db.seed.{n}" for n in range(2, 7)), "first", "last"]


@pytest.fixture(scope="module")
def filled(shared_world):
    world = shared_world(SEEDS)
    world.describe(FILLED)
    world.events = world.up("--json").documents
    return world


def test_files_of_every_kind_are_in_the_database_and_commands_know_where_it_is(filled):
    rows = filled.run("connect", "db", "--", "-At", "-c", "select id, name, town from people order by id").out

    assert rows.splitlines() == [
        "1|one the first|",
        '2|two, "too"|',
        "3|drei|Köln",
        "4|四|",
        "5||",
        "6|packed|",
        "9|9|",
    ]
    assert "keeper@people" in [event["detail"] for event in filled.events if event["phase"] == "log"]


def test_steps_run_one_after_the_other_in_the_order_written_and_jobs_after_what_they_depend_on(filled):
    story = [(event["subject"], event["state"]) for event in filled.events if event["phase"] == "job"]

    assert story == [(name, state) for name in STEPS for state in ("working", "done")]


def test_the_events_of_up_are_one_vocabulary_in_one_order(filled, engine):
    events = filled.events

    fields = ["v", "seq", "time", "environment", "subject", "phase", "state", "detail", "seconds"]
    ready = {("", "ready", "done"): ["urls"]}  # the addresses of everything
    triples = [(event["subject"], event["phase"], event["state"]) for event in events]
    assert [list(event) for event in events] == [fields + ready.get(one, []) for one in triples]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    assert {event["environment"] for event in events} == {filled.status()["environment"]}
    assert {event["state"] for event in events} <= {"waiting", "working", "done", "unchanged", "failed"}
    assert {event["phase"] for event in events} <= {"pull", "build", "start", "ready", "stubs", "job", "smoke", "log"}
    at = {(event["subject"], event["phase"], event["state"]): event["seq"] for event in events}
    order = [
        ("db", "start", "working"),
        ("db", "ready", "done"),
        ("db.migrate", "job", "working"),
        ("last", "job", "done"),
        ("api", "start", "working"),
        ("api", "ready", "done"),
    ]
    assert [at[one] for one in order] == sorted(at[one] for one in order)


def test_a_statement_that_fails_is_shown_with_its_line_and_everything_is_removed(shop):
    shop.write({"seeds/10.sql": "create table t (id int);\n\ninsert into t values\n  ('not a number');\n"})
    shop.describe("""
        name: shop
        needs: {db: {postgres: 17, seed: ../seeds/*.sql}}
    """)

    output = shop.up(code=6).err

    assert re.search(r"seeds/10\.sql:[34]: ", output)
    assert "invalid input syntax for type integer" in output
    assert "insert into t values" in output
    assert not shop.left()


def test_a_command_that_fails_is_shown_with_the_end_of_its_output_and_everything_is_removed(shop):
    shop.describe("""
        name: shop
        services:
          api: {build: ../app, command: python app.py, port: 8000}
        jobs:
          load: {command: python app.py, service: api, environment: {MODE: end, CODE: 9}}
    """)

    ended = shop.up("--json", code=6)

    output = ended.err
    assert "load failed: `python app.py` exited with code 9" in output
    assert "last words 29" in output
    assert "last words 9\n" not in output
    story = [(event["subject"], event["phase"], event["state"]) for event in ended.documents]
    assert story[-3:] == [("", "ready", "failed"), ("", "remove", "working"), ("", "remove", "done")]
    assert not shop.left()


def test_a_failed_start_that_is_kept_prints_the_command_that_goes_on_from_there(world):
    one = world({"seeds/10.sql": "insert into nowhere values (1);"})
    one.describe("""
        name: shop
        services:
          api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}}
        needs: {db: {postgres: 17, seed: ../seeds/*.sql}}
        jobs:
          check: {command: grep fine done.txt, service: api, inputs: [done.txt]}
    """)
    one.write({"app/done.txt": "wrong"})

    failed = one.up("--keep-on-failure", code=6)

    assert one.status()["state"] == "failed"
    assert one.run("connect", "db", "--", "-Atc", "select 1").out == "1\n"
    command = printed_command(failed)
    assert command[:3] == ["localenv", "up", "local"]
    one.write({"seeds/10.sql": "create table somewhere as select 1 as id;"})

    failed = one.run(*command[1:], "--detach", code=6)

    assert "check failed: `grep fine done.txt` exited with code 1" in failed.err
    assert one.run("connect", "db", "--", "-Atc", "select id from somewhere").out == "1\n"
    before = one.instances()
    one.write({"app/done.txt": "fine"})

    one.run(*printed_command(failed)[1:], "--detach")

    assert one.status()["state"] == "ready"
    assert one.instances()["db"] == before["db"]
    assert one.get("/health") == "health"


def printed_command(failed):
    return shlex.split(re.search("localenv up .*--keep-on-failure", failed.err)[0])


def test_data_that_is_to_be_kept_outlives_down_and_is_removed_with_data(world):
    one = world(app=False)
    one.describe("""
        name: shop
        needs:
          db: {postgres: 17, keep: true, migrate: {command: psql -c 'create table t as select 1 as id', service: db}}
          cache: {redis: 8, keep: true}
    """)
    one.up()
    one.run("connect", "db", "--", "-c", "insert into t values (2)")
    one.run("connect", "cache", "--", "set", "colour", "red")

    down = one.run("down")

    assert "`localenv down --data` removes it" in down.out
    assert {thing.partition(" ")[0] for thing in one.things()} == {"volume"}
    assert one.status()["state"] == "stopped"

    one.up()
    assert one.run("connect", "db", "--", "-Atc", "select id from t order by id").out == "1\n2\n"
    assert one.run("connect", "cache", "--", "get", "colour").out == "red\n"

    one.run("down", "--data")
    assert not one.left()


def test_a_seed_command_that_is_due_again_begins_on_fresh_data_and_other_code_is_no_input_of_it(world):
    one = world({"envs/seed.sh": "psql -c 'create table t (id int primary key)' -c 'insert into t values (1)'\n"})
    one.describe("""
        name: shop
        services:
          api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}}
        needs: {db: {postgres: 17, seed: {command: sh seed.sh, service: db}}}
    """)
    one.up()
    one.write({"app/other.txt": "code"})

    assert "db" not in one.run("up", "--dry-run").out
    one.write({"envs/seed.sh": "psql -c 'create table t (id int primary key)' -c 'insert into t values (2)'\n"})
    one.up()

    assert one.run("connect", "db", "--", "-Atc", "select id from t").out == "2\n"
    one.write({"envs/seed.sh": "psql -c 'create table t (id int)' && exit 3\n"})
    failed = one.up(code=6).err
    assert "`inputs:` of db.seed says which files make it run again" in failed
    assert "`localenv up --fresh` starts with fresh data" in failed
    one.write({"envs/seed.sh": "psql -c 'create table t as select 4 as id'\n"})
    one.up()

    assert one.run("connect", "db", "--", "-Atc", "select id from t").out == "4\n"
