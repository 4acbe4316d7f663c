"""A gigabyte of request bodies does not end the stub server: its journal is emptied, and that is said."""

import http.client
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.world.waiting import until
from tests.world.world import Make, World

pytestmark = pytest.mark.full

ENGINES = ["native", pytest.param("compose", marks=pytest.mark.docker)]
DESCRIBED = "name: NAME\nupstreams: {pay: {stubs: ../stubs}}\n"
STUB = '{"request": {"urlPath": "/x", "method": "ANY"}, "response": {"status": 200, "body": "yes"}}'
BODY = b"x" * (8 << 20)
COUNT = 128
LOST = ("no longer in it", "out of memory, restarted")


def sent(port: int, *, is_chunked: bool, body: bytes = BODY) -> bool:
    """Whether a request with a large body was answered by the stub."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        asked.request("POST", "/x", iter([body]) if is_chunked else body, encode_chunked=is_chunked)
        return asked.getresponse().read() == b"yes"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("is_chunked", [False, True], ids=["sized", "chunked"])
def test_a_gigabyte_of_bodies_does_not_end_the_stub_server(world: Make, engine: str, is_chunked: bool) -> None:
    one: World = world(engine)
    one.describe(DESCRIBED)
    one.write({"stubs/mappings/a.json": STUB})
    one.up()
    port = one.record()["ports"]["pay"]
    with ThreadPoolExecutor(2) as together:
        answered = sum(together.map(lambda _: sent(port, is_chunked=is_chunked), range(COUNT)))
    until(lambda: sent(port, is_chunked=False, body=b"small"), "an answer of the stub", 60)
    assert answered > COUNT // 2
    until(lambda: any(words in one.run("status").text for words in LOST), "status says what was lost")
    one.run("down")
    assert one.is_gone()
