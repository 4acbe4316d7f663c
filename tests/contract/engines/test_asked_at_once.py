"""An upstream that a job or a service calls right at its start."""

import json

import pytest

ASKING = "import os, urllib.request as r; print('answered', r.urlopen(os.environ['PRICES'] + '/lamp').read().decode())"
DESCRIPTION = """
    name: shop
    services:
      api:
        build: ../app
        command: sh -c 'python ask.py && exec python app.py'
        port: 8000
        environment: {BIND: "${bind}", PRICES: "${prices.url}"}
    upstreams:
      prices: {stubs: ../stubs/prices}
    jobs:
      fetch: {command: python ask.py, service: api}
"""
ANSWER = {"request": {"urlPath": "/lamp"}, "response": {"status": 200, "body": "4950"}}


@pytest.fixture
def asking(world):
    def make(*stubs):
        made = world({
            "app/ask.py": ASKING,
            **{f"stubs/prices/mappings/{number}.json": json.dumps(stub) for number, stub in enumerate(stubs)},
        })  # fmt: skip
        made.describe(DESCRIPTION)
        return made

    return make


def test_is_answered_by_its_stubs_however_early_it_is_asked(asking):
    shop = asking(ANSWER)

    events = shop.up("--json").documents

    assert ("fetch", "answered 4950") in [(one["subject"], one["detail"]) for one in events if one["phase"] == "log"]
    assert "answered 4950" in shop.run("logs", "api").out
    line = shop.status()["services"]["prices"]
    assert (line["requests"], line["unmatched"]) == (2, 0)


def test_is_itself_named_and_not_whoever_asks_it_where_its_stubs_cannot_be_used(asking):
    shop = asking({"request": {"urlPathPattern": r"/\p{IsNothing}"}, "response": {"status": 200}})

    output = shop.up(code=2).err

    assert "stubs/prices/mappings/0.json:1:" in output
    assert "Unknown character property name {IsNothing}" in output
    assert "exited with code" not in output
    assert "api: starting" not in output
    assert not shop.left()
