"""A second `up` does only what has changed; each change is announced before, and reported while it is done."""

import json
import os
import signal

import httpx
import pytest

DESCRIPTION = """
    name: shop
    services:
      api:
        build: ../app
        command: python app.py
        port: 8000
        environment: {COLOUR: red, BIND: "${bind}"}
      other:
        build: ../other
        command: python app.py
        environment: {MODE: wait}
    needs:
      db:
        postgres: 17
        seed: ../seeds/*.sql
    upstreams:
      payments: {stubs: ../stubs/payments}
    jobs:
      assets: {command: cat assets.txt, service: other, inputs: [assets.txt]}
"""
BACKING = {"db", "localenv.stubs"}


def stub(text):
    mapping = {"request": {"urlPath": "/price"}, "response": {"status": 200, "body": text}}
    return {"stubs/payments/mappings/price.json": json.dumps(mapping)}


@pytest.fixture(scope="module")
def shop(shared_world):
    world = shared_world({**stub("100"), "seeds/10.sql": "create table colours as select 'red' as colour;"})
    world.describe(DESCRIPTION)
    world.write({"other/assets.txt": "one", **{f"other/{file.name}": file.read_bytes() for file in files(world)}})
    world.up()
    return world


def files(world):
    return [file for file in (world.folder / "app").iterdir() if file.is_file()]


def again(world, steps, *options):
    """The services that another `up` replaces; checks that these steps are announced and reported."""
    before = world.instances()
    output = world.run("up", "--dry-run", *options).out.splitlines()
    assert [line.partition(" after ")[0] for line in output if not line.startswith("snapshot ")] == steps
    output = world.up(*options).err
    for step in steps:
        reason = step.partition("(")[2].removesuffix(")")
        assert reason in output
    after = world.instances()
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_changed_code_replaces_that_service_alone(shop):
    app = shop.folder / "app/app.py"
    app.write_text(app.read_text().replace('CODE = "one"', 'CODE = "two"'))

    replaced = again(shop, ["build api (code changed)", "replace api (code changed)"])

    assert replaced == {"api"}
    assert shop.get("/") == "two"


def test_a_changed_variable_replaces_that_service_alone(shop):
    written = shop.folder.joinpath("envs/local.yaml").read_text()
    shop.describe(written.replace("COLOUR: red", "COLOUR: blue"))

    assert again(shop, ["replace api (settings changed)"]) == {"api"}
    assert shop.get("/environment")["COLOUR"] == "blue"


def test_a_changed_stub_is_loaded_and_replaces_nothing(shop):
    url = f"{shop.url('payments')}/price"
    shop.write(stub("250"))

    assert again(shop, ["load stubs of payments (stubs changed)"]) == set()
    assert text_at(url) == "250"


def test_a_changed_seed_starts_its_need_anew(shop):
    shop.write({"seeds/10.sql": "create table colours as select 'green' as colour;"})

    assert again(
        shop, ["pull db (10.sql changed)", "replace db (10.sql changed)", "run db.seed: 10.sql (db is new)"]
    ) == {"db"}
    assert shop.run("connect", "db", "--", "-Atc", "select colour from colours").out == "green\n"


def test_a_changed_input_runs_its_job_again_and_replaces_nothing(shop):
    shop.describe(shop.folder.joinpath("envs/local.yaml").read_text().replace("cat assets.txt", "cat /etc/hostname"))

    assert again(shop, ["run assets: cat /etc/hostname (inputs changed)"]) == set()


def test_a_service_that_is_no_longer_described_is_removed_and_a_new_one_started(shop):
    written = shop.folder.joinpath("envs/local.yaml").read_text()
    shop.describe(written.replace("other:", "another:").replace("service: other", "service: another"))

    steps = ["remove other (removed from the description)", "build another (new)", "start another (new)"]
    assert again(shop, steps) == {"other", "another"}

    shop.describe(written)
    again(shop, ["remove another (removed from the description)", "build other (new)", "start other (new)"])


def test_a_service_and_a_stub_server_that_ended_meanwhile_are_started_again(shop, until):
    shop.end("other")
    until(lambda: shop.status()["services"]["other"]["state"] == "exited")
    identity, output = shop.status()["environment"], shop.run("ls", "--json").document
    (listed,) = [one for one in output if one["environment"] == identity]
    assert (listed["state"], "other exited" in listed["detail"]) == ("failed", True)

    shop.end("localenv.stubs")
    until(lambda: shop.status()["services"]["payments"]["state"] == "exited")

    assert "start other (exited)" in shop.run("up", "--dry-run").out
    shop.up()

    assert shop.status()["services"]["other"]["state"] == "running"
    assert httpx.get(f"{shop.url('payments')}/price").status_code == 200


def test_after_the_death_of_the_guard_what_is_kept_is_still_there(world):
    assert colours_after_the_death_of_the_guard(world, keep="true") == "red blue"


def test_after_the_death_of_the_guard_what_goes_on_has_what_it_had(world):
    assert colours_after_the_death_of_the_guard(world, keep="false") == "red blue"


def test_after_the_death_of_the_guard_what_ended_with_it_is_seeded_anew(world):
    assert colours_after_the_death_of_the_guard(world, keep="false") == "red"


def colours_after_the_death_of_the_guard(world, keep):
    """The seeded red, and blue, which was added later; after an `up` the environment is as described."""
    one = world({"seeds/10.sql": "create table colours as select 'red' as colour;"}, app=False)
    one.describe(f"name: shop\nneeds: {{db: {{postgres: 17, seed: ../seeds/10.sql, keep: {keep}}}}}\n")
    one.up()
    one.run("connect", "db", "--", "-qc", "insert into colours values ('blue')", "-c", "checkpoint")
    identity = one.status()["environment"]
    os.kill(json.loads((one.states / identity / "guard.json").read_text())["pid"], signal.SIGKILL)

    one.up()

    return one.run("connect", "db", "--", "-Atc", "select string_agg(colour, ' ') from colours").out.strip()


def text_at(url):
    return httpx.get(url).text
