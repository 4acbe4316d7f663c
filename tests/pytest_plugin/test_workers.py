"""Several workers of pytest-xdist: the separate parts of each, and the changes of a crashed one."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.pytest_plugin.conftest import SERVICE, on

# each test defines its own response, and must not see calls of other workers
CROWD = """
    import pytest

    @pytest.mark.parametrize("number", range(6))
    def test_alone(localenv_test, number):
        shop = localenv_test.upstream("shop")
        shop.get("/price").reply(200, body=f"mine is {number}")
        api = localenv_test.client("api")
        for host in ("", "api.partner.example", "shop"):
            headers = {"X-Forwarded-Host": host}  # a Host header that names no worker's upstream
            assert api.get("/ask/price", headers=headers).json()["body"] == f"mine is {number}"
        shop.get("/price").assert_called(times=3)

    def test_unmatched(localenv_test):
        localenv_test.client("api").get("/swallow/nothing")

"""
CRASH = """
    import os, pathlib, pytest

    def test_crash(localenv_test):
        localenv_test.upstream("shop").get("/price").reply(200, body="of a dead one")
        assert localenv_test.client("api").get("/ask/price").json()["body"] == "of a dead one"
        os._exit(1)

    @pytest.mark.parametrize("number", range(4))
    def test_after(localenv_test, number):
        assert localenv_test.client("api").get("/ask/price").json()["body"] == "of the repository"
"""
# a client of the session sends requests of the test that uses it
KEPT = """
    import pytest

    @pytest.fixture(scope="module")
    def seeded(localenv):
        localenv.client("shop").post("/things", json={"name": "seed"})
        price = {"request": {"urlPath": "/price"}, "response": {"body": "of the module"}}
        localenv.upstream("shop").stub(price)

    @pytest.mark.parametrize("number", range(2))
    def test_keeps(seeded, localenv, localenv_test, number):
        for client in (localenv.client("shop"), localenv_test.client("shop")):
            assert client.get("/price").text == "of the module"
        client.post("/things", json={"name": f"mine {number}"})
        assert [one["name"] for one in client.get("/things").json()] == ["seed", f"mine {number}"]
        assert len(localenv.client("shop").get("/things").json()) == 2

    def test_unmatched(localenv):
        localenv.client("shop").get("/nowhere")
"""
THINGS = """
openapi: 3.1.0
info: {title: things, version: "1"}
paths:
  /things:
    get: {responses: {"200": {description: all, content: {application/json: {schema: {type: array, items: &thing
      {type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}}}}}}}}}
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses: {"201": {description: new, content: {application/json: {schema: *thing}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": {description: one, content: {application/json: {schema: *thing}}}}}
  /price: {get: {responses: {"200": {description: a price}}}}
"""
# data written by one worker is there while a test of the other ends
SHARING = """
    import pathlib, pytest, time

    def await_(name):
        for _ in range(600):
            if pathlib.Path(name).exists():
                return
            time.sleep(0.05)
        raise AssertionError(name)

    @pytest.mark.xdist_group("one")
    def test_writes(localenv_test):
        cache = localenv_test.need("cache").connect()
        cache.set("mine", "yes")
        pathlib.Path("written").touch()
        await_("ended")
        assert cache.get("mine") == "yes"

    @pytest.mark.xdist_group("two")
    def test_writes_too(localenv_test):
        await_("written")
        localenv_test.need("cache").connect().set("mine too", "yes")

    @pytest.mark.xdist_group("two")
    def test_reset(localenv_test):
        localenv_test.need("cache").reset()

    @pytest.mark.xdist_group("two")
    def test_stop(localenv_test):
        localenv_test.stop("cache")

    @pytest.mark.xdist_group("two")
    def test_ended(): pathlib.Path("ended").touch()
"""
# writes the address of a stub into the cache, and a test expects its own worker's
ADDRESS = """
    import os, socket
    host, _, port = os.environ["CACHE"].partition(":")
    with socket.create_connection((host, int(port))) as cache:
        cache.sendall(f"SET hook {os.environ['SHOP_URL']}/price\\r\\n".encode())
        assert cache.recv(10) == b"+OK\\r\\n"
"""
OWN_ADDRESS = """
    import pytest

    @pytest.mark.parametrize("number", range(4))
    def test_own(localenv_test, number):
        found = localenv_test.need("cache").connect().get("hook")
        assert found == localenv_test.url("shop") + "/price"
"""
NOTHING = "def test_nothing(): pass"


@on(native=pytest.mark.full)  # as those that share all or nothing
def test_no_worker_sees_anothers_stubs_and_calls(with_service: Callable[..., Any]) -> None:
    assert _environments(with_service({"tests/test_inner.py": CROWD}), "worker") == 1


@pytest.mark.parametrize(("isolation", "environments"), [("shared", 1), ("environment", 2)])
def test_nor_does_it_where_workers_share_all_or_nothing(
    with_service: Callable[..., Any], isolation: str, environments: int
) -> None:
    assert _environments(with_service({"tests/test_inner.py": CROWD}), isolation) == environments


def test_whoever_takes_a_crashed_workers_place_finds_nothing_of_it(with_service: Callable[..., Any]) -> None:
    suite = with_service({"tests/test_inner.py": CRASH})
    ran = suite.run("-n", "1")

    assert "1 failed, 4 passed" in ran.out, ran.out
    assert suite.left() == set()


def test_where_workers_share_all_none_stops_or_resets_what_another_uses(with_cache: Callable[..., Any]) -> None:
    suite = with_cache({"tests/test_inner.py": SHARING})
    ran = suite.run("-n", "2", "--dist=loadgroup", "--localenv-isolation=shared")

    assert "2 failed, 3 passed" in ran.out, ran.out
    assert "other workers use cache too" in ran.report("test_stop")
    assert "other workers use the same data and would see it change" in ran.report("test_reset")
    assert suite.left() == set()


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("seed", "  run for each worker, because they use addresses: cache.seed"),
        ("migrate", "each worker has its own environment: cache (hook) holds an address of the first worker's"),
    ],
)
def test_no_workers_data_leads_to_what_is_anothers(with_service: Callable[..., Any], step: str, message: str) -> None:
    need = f"    needs: {{cache: {{redis: 8, {step}: {{command: python address.py, service: api}}}}}}\n"
    described = SERVICE.replace("SHOP_URL:", 'CACHE: "${cache.address}", SHOP_URL:') + need
    suite = with_service({"envs/local.yaml": described, "tests/test_inner.py": OWN_ADDRESS})
    suite.write({"service/address.py": ADDRESS})
    ran = suite.run("-n", "2")

    assert "4 passed" in ran.out, ran.out
    assert message in ran.out
    assert suite.left() == set()


def test_where_workers_share_all_a_request_belongs_to_the_test_that_sends_it(new_suite: Callable[..., Any]) -> None:
    described = "name: kept\nupstreams: {shop: {openapi: things.yaml, stateful: true}}\n"
    suite = new_suite({"envs/local.yaml": described, "envs/things.yaml": THINGS, "tests/test_inner.py": KEPT})
    ran = suite.run("-n", "1", "--localenv-isolation=shared")

    assert "1 failed, 2 passed" in ran.out, ran.out
    assert "GET /nowhere matched no stub" in ran.report("test_unmatched")
    assert suite.left() == set()


def test_where_no_test_asks_nothing_starts(with_cache: Callable[..., Any]) -> None:
    suite = with_cache({"tests/test_inner.py": NOTHING})
    for arguments in ((), ("-n", "2")):
        ran = suite.run(*arguments)

        assert ran.code == 0
        assert "; removed" not in ran.out
        assert suite.left() == set()


def _environments(suite: Any, isolation: str) -> int:
    """The number of environments of the crowd, whose tests must not have seen one another."""
    ran = suite.run("-n", "2", f"--localenv-isolation={isolation}")
    assert "1 failed, 6 passed" in ran.out, ran.out
    assert "shop: GET /nothing matched no stub" in ran.report("test_unmatched")
    assert suite.left() == set()
    return len({ran.properties(f"test_alone[{number}]")["localenv.environment"] for number in range(6)})
