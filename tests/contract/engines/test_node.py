"""A Node service, with an upstream whose port is fixed in its code."""

import shutil
from pathlib import Path

import httpx

NODE = Path(__file__).resolve().parent.parent.parent / "samples/node"


def test_an_upstream_answers_on_the_port_that_the_program_has_in_its_code(world):
    one = world(app=False, name="node")
    shutil.copytree(NODE, one.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    one.up()

    before = one.status()["services"]["rates"]["requests"]
    answer = httpx.get(f"{one.url('web')}/convert?from=USD&to=JPY&amount=10").json()
    refused = httpx.get(f"{one.url('web')}/convert?from=EUR&to=ZZZ")

    assert answer["result"] == 1572
    assert refused.status_code == 422
    assert one.status()["services"]["rates"]["requests"] == before + 2
    assert httpx.get(f"{one.url('rates')}/rates/EUR/USD").json()["rate"] == 1.085
    if one.engine == "native":  # containers have them in the image
        resolved = one.run("run", "--", "node", "-p", "require.resolve('redis')").out
        assert "/setups/" in resolved
    one.run("down")
    assert not one.left()
