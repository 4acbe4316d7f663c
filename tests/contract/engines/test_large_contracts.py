"""A large contract is made into stubs while their server starts."""

import json

import httpx

from localenv.stubs.sources.openapi.kept import MANY

DESCRIPTION = """
    name: NAME
    upstreams: {bank: {openapi: ../bank.json}}
"""


def contract(*broken, works="string"):
    def answering(kind):
        content = {"application/json": {"schema": {"type": kind}}}
        return {"get": {"responses": {"200": {"description": "ok", "content": content}}}}

    paths = {f"/p{number}": answering(works) for number in range(MANY)} | {path: answering("nope") for path in broken}
    return json.dumps({"openapi": "3.1.0", "info": {"title": "bank", "version": "1"}, "paths": paths})


def test_what_of_it_is_not_served_is_told_and_if_nothing_is_the_start_fails_and_leaves_nothing(world):
    bank = world({"bank.json": contract(works="nope")}, app=False)
    bank.describe(DESCRIPTION)
    failed = bank.up(code=2)

    assert "GET /p0 is left out" in failed.err
    assert bank.run("check", code=2).err.splitlines()[-5:] == failed.err.splitlines()[-5:]
    assert bank.is_gone()

    bank.write({"bank.json": contract("/b")})
    ready = bank.up()
    assert "GET /b is left out" in ready.text
    assert httpx.get(bank.url("bank") + "/p7", trust_env=False).status_code == 200

    before = bank.record()
    bank.write({"bank.json": contract(works="nope")})
    assert "GET /p0 is left out" in bank.up(code=2).err
    assert bank.record() == before
