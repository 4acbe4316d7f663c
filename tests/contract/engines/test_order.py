"""A start follows the plan of `up --dry-run`: nothing begins before all its dependencies are done."""

import json

import pytest

DESCRIPTION = """
    name: shop
    services:
      api:
        build: ../app
        command: python app.py
        port: 8000
        environment: {BIND: "${bind}", PAYMENTS: "${payments.url}"}
        depends_on: {setup: {condition: service_completed_successfully}}
      web: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}, depends_on: [api]}
      worker: {build: ../app, command: python app.py, environment: {MODE: wait}}
      setup: {build: ../app, command: "python -c 'print(1)'"}
    needs:
      db: {postgres: 17, database: shop, seed: ../seeds/*.sql}
      cache: redis
    upstreams:
      payments: {stubs: ../stubs/payments}
      stock: {}
    jobs:
      last: {command: "python -c 'print(2)'", service: api, depends_on: [first]}
      first: {command: "python -c 'print(1)'", service: api}
    smoke:
      - GET ${web.url}/health
"""
STUB = {"request": {"urlPath": "/price"}, "response": {"status": 200, "body": "100"}}
FILES = {
    "stubs/payments/mappings/price.json": json.dumps(STUB),
    "seeds/10.sql": "create table colours as select 'red' as colour;",
    "seeds/20.sql": "insert into colours values ('blue');",
}
PRINTED = """
    build api (new)
    pull db, cache, localenv.stubs (new)
    start db, cache, localenv.stubs (new)
    load stubs of payments, stock (new stub server) after localenv.stubs
    run db.seed: 10.sql (db is new) after db
    run db.seed.2: 20.sql (db is new) after db.seed
    run first: python -c 'print(1)' (new) after build of api, start of localenv.stubs, cache, db.seed.2
    run last: python -c 'print(2)' (new) after first
    start worker, setup (new) after last
    start api, web (new) after setup
    snapshot db, cache (new) after stubs, start of worker, api, web
    run smoke: 1 check after snapshot of db, snapshot of cache
"""
# the events at the start and end of each action: phase and state
BEGINS = {
    "build": ("build", "working"),
    "start": ("start", "working"),
    "replace": ("start", "working"),
    "load": ("stubs", "working"),
    "run": ("job", "working"),
    "smoke": ("smoke", "working"),
}
ENDS = {
    "remove": ("remove", "done"),
    "build": ("build", "done"),
    "await": ("ready", "done"),
    "load": ("stubs", "done"),
    "run": ("job", "done"),
    "smoke": ("smoke", "done"),
}


@pytest.fixture(scope="module")
def shop(shared_world):
    world = shared_world(FILES)
    world.describe(DESCRIPTION)
    return world


def test_a_new_environment_starts_in_the_order_that_is_printed(shop):
    shop.run("down", "--data")
    shop.write(FILES)
    shop.describe(DESCRIPTION)
    printed = shop.run("up", "--dry-run").out.splitlines()
    assert [line.strip() for line in PRINTED.strip().splitlines()] == printed

    assert_in_order(shop)

    assert shop.run("up", "--dry-run").out == "nothing to do\n"


def test_what_differs_is_done_in_the_order_that_is_printed(shop):
    shop.run("up", "--detach")
    written = shop.folder.joinpath("envs/local.yaml").read_text()
    changed = written.replace("stock: {}", "stock: {}\n  news: {}").replace(
        'BIND: "${bind}"', 'BIND: "${bind}", N: "1"'
    )
    shop.folder.joinpath("envs/local.yaml").write_text(changed.replace("  worker:", "  other:"))
    shop.write({"seeds/20.sql": "insert into colours values ('green');"})

    done = assert_in_order(shop)

    assert {
        "remove worker",
        "replace api",
        "replace web",
        "start other",
        "load news",
        "replace db",
        "run db.seed",
    } <= done


def assert_in_order(world):
    """Bring it up; returns what was done."""
    steps = {f"{one['action']} {one['subject']}": one for one in world.run("up", "--dry-run", "--json").document}
    output = world.up("--json").documents
    at = {(event["subject"], event["phase"], event["state"]): event["seq"] for event in output}
    for name, step in steps.items():
        begins = BEGINS.get(step["action"])
        if begins is None:
            continue
        began = at[(step["subject"], *begins)]
        for before in step["waits_for"]:
            waited = steps[before]
            if ends := ENDS.get(waited["action"]):
                assert at[(waited["subject"], *ends)] < began, f"{name} began before {before} was done"
    return set(steps)
