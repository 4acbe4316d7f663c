"""The sample of this repository, as the README runs it."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
import redis

from tests.world.debugger import Debugger, end_debugged
from tests.world.world import SMALL


def place(sample, **order):
    return httpx.post(f"{sample.url('api')}/orders", json={"sku": "lamp", "quantity": 1} | order)


def rows(sample, statement, *values):
    with psycopg.connect(sample.url("db")) as connection:
        return connection.execute(statement, values).fetchall()


def test_an_order_goes_through_database_cache_and_both_stubs_and_the_worker_packs_it(sample, until):
    before = sample.status()["services"]

    answer = place(sample, quantity=3, customer="c-2")

    assert answer.status_code == 201
    order = answer.json()
    assert order["total"] == 3 * 4950
    assert rows(sample, "select sku, quantity, customer from orders where id = %s", order["id"]) == [("lamp", 3, "c-2")]
    with redis.Redis.from_url(sample.url("cache")) as cache:
        assert cache.keys(f"*{order['id']}*")
    after = sample.status()["services"]
    for upstream in ("payments", "inventory"):
        assert after[upstream]["requests"] == before[upstream]["requests"] + 1
        assert after[upstream]["unmatched"] == before[upstream]["unmatched"]
    until(lambda: httpx.get(answer.headers["Location"]).json()["status"] == "packed", "packed order")
    assert rows(sample, "select status from orders where id = %s", order["id"]) == [("packed",)]


def test_the_seeds_are_in_the_database_byte_for_byte(sample):
    assert rows(sample, "select name from customers order by id")[1:] == [
        ('Grünwald & Söhne, Inh. "Max"',),
        ("毛利 花子",),
    ]
    assert rows(sample, "select city from customers where id = 'c-3'") in ([("",)], [(None,)])


def test_the_stubs_answer_with_delays_errors_and_states(sample):
    assert place(sample, card="4000000000000002").status_code == 402
    assert place(sample, sku="sofa").status_code == 409
    assert place(sample, card="4000000000000259").status_code == 504
    assert place(sample, sku="loose-wire").status_code == 502


def test_logs_show_every_service_under_its_name_or_one_alone(sample, until):
    order = place(sample).json()["id"]

    until(lambda: f"order {order}: packed" in sample.run("logs", "worker").out, "line of the worker")
    everything = sample.run("logs").out.splitlines()
    one = sample.run("logs", "api").out.splitlines()

    assert {line.split(" ")[0] for line in everything} >= {"api", "worker", "db", "cache"}
    assert {line.split(" ")[0] for line in one} == {"api"}
    assert any(f"order {order}: 1 x lamp" in line for line in one)
    assert sample.run("logs", "nobody", code=2).err.startswith("error: unknown service 'nobody'")


def test_logs_as_json_say_when_and_who_and_since_leaves_out_what_is_older(sample):
    lines = sample.run("logs", "--json").documents

    assert all(set(line) == {"time", "service", "text"} for line in lines)
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
    assert not sample.run("logs", "worker", "--since", "1ms").out


def test_a_second_up_changes_nothing_and_says_so(sample):
    before = sample.instances()

    again = sample.up()

    assert "nothing changed" in again.err
    assert sample.instances() == before
    assert sample.run("up", "--dry-run").out == "nothing to do\n"


def test_status_is_one_document_of_exactly_the_documented_fields(sample, engine):
    document = sample.run("status", "--json").document

    assert set(document) == {"environment", "engine", "state", "services", "detail"}
    assert document["engine"] == engine
    assert document["state"] == "ready"
    fields = [
        "name",
        "role",
        "state",
        "url",
        "host",
        "port",
        "ports",
        "answered_by",
        "sources",
        "version",
        "running_version",
        "version_differs",
        "exposed",
        "requests",
        "unmatched",
        "detail",
    ]
    for one in document["services"]:  # `violating` has an upstream with a contract
        assert [name for name in one if name != "violating"] == fields
    found = {one["name"]: one for one in document["services"]}
    roles = {name: (one["role"], one["answered_by"]) for name, one in found.items()}
    assert roles == {
        "api": ("service", "real"),
        "worker": ("service", "real"),
        "db": ("need", "real"),
        "cache": ("need", "real"),
        "payments": ("upstream", "stub"),
        "inventory": ("upstream", "stub"),
        "flags": ("upstream", "stub"),
    }
    assert found["api"]["url"] == f"http://{found['api']['host']}:{found['api']['port']}"
    assert found["worker"]["url"] is None
    assert found["db"]["version"] == "17"
    assert "***" in found["db"]["url"]
    assert {one["host"] for one in document["services"]} == {"127.0.0.1", None}


@pytest.mark.full  # as one of another service is in test_in_place, on both engines
def test_a_breakpoint_of_the_sample_is_hit_through_another_service(sample, until):
    """The stub of the inventory passes the request on to the API."""
    stub = {"request": {"urlPath": "/health"}, "response": {"proxyBaseUrl": sample.url("api")}}
    sample.run("stub", "inventory", "--mapping", "-", stdin=json.dumps(stub))
    code = sample.folder / "envs/orders/orders/api.py"
    line = next(n for n, text in enumerate(code.read_text().splitlines(), 1) if text.startswith("    parts = {"))
    running = sample.start("debug", "api", more={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"})
    try:
        running.wait_for("attach: ", timeout=120)
        until(lambda: httpx.get(f"{sample.url('api')}/health").status_code == 200, "API", more=lambda: running.text)
        port = int(running.text.partition("debugpy listens on 127.0.0.1:")[2].split()[0])

        with Debugger(port) as debugger, ThreadPoolExecutor() as others:
            debugger.attach(code, line)
            asked = others.submit(httpx.get, f"{sample.url('inventory')}/health", timeout=30)
            thread = debugger.event("stopped")["threadId"]
            top = debugger.ask("stackTrace", threadId=thread)["stackFrames"][0]
            debugger.ask("continue", threadId=thread)
            assert asked.result().status_code == 200
        assert (top["name"], top["line"]) == ("health", line)
    finally:
        end_debugged(running)
        sample.run("clear", "inventory")

    assert httpx.get(f"{sample.url('api')}/health").status_code == 200


@pytest.mark.full
def test_the_demo_of_the_sample_has_orders(copy_of_sample):
    checkout = copy_of_sample()
    checkout.up("demo")
    assert "ch_demo_30" in httpx.get(f"{checkout.status('demo')['services']['api']['url']}/orders?limit=100").text


def test_down_leaves_nothing_and_status_says_stopped(world):
    one = world(app=False)
    one.describe(SMALL)
    one.up()

    one.run("down")

    assert not one.left()
    stopped = one.status()
    assert stopped["state"] == "stopped"
    assert {service["url"] for service in stopped["services"].values()} == {None}
    assert "nothing to remove" in one.run("down").out
