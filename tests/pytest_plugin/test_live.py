"""Flags, failures and scenarios in tests: each ends with its test, and workers do not see those of others."""

from collections.abc import Callable
from typing import Any

DESCRIPTION = """
    name: inner
    upstreams:
      shop: {stubs: ../stubs/shop}
    flags:
      new_checkout: false
      colour: {variants: {red: r, blue: b}}
      unused: 1
    faults: {degraded: [slow=10ms, status=502]}
    scenarios:
      closed: {flags: {new_checkout: true}, faults: {shop: [slow=10ms, status=503]}}
      blue: {flags: {colour: blue}}
"""
STUB = '{"request": {"urlPath": "/price"}, "response": {"jsonBody": {"price": 1}}}'
TESTS = """
    import os

    import httpx, pytest
    from localenv import LocalenvError

    def price(localenv_test, timeout=30):
        return httpx.get(localenv_test.url("shop") + "/price", timeout=timeout)

    def flag(localenv_test, name, **context):
        url = localenv_test.url("flags") + f"/ofrep/v1/evaluate/flags/{name}"
        return httpx.post(url, json={"context": context}).json()["value"]

    @pytest.mark.flags(new_checkout=[True, False], colour=["red", "blue"])
    def test_each_state(localenv_test):
        seen.append((flag(localenv_test, "new_checkout"), flag(localenv_test, "colour")))

    seen = []

    def test_a_flag_ends_with_its_test(localenv_test):
        assert flag(localenv_test, "new_checkout") is False
        localenv_test.flags.set(new_checkout=True, when={"plan": "pro"})
        assert flag(localenv_test, "new_checkout", plan="pro") is True
        assert localenv_test.flags.evaluations() == {"new_checkout": {"off": 1, "on": 1}}
        with localenv_test.flags.set(new_checkout=True):
            assert flag(localenv_test, "new_checkout") is True
        assert flag(localenv_test, "new_checkout") is False

    def test_a_test_unsets_its_own_flags(localenv_test, localenv):
        flags = localenv_test.flags
        flags.set(new_checkout=True, colour="blue")
        flags.unset("new_checkout")
        assert (flag(localenv_test, "new_checkout"), flag(localenv_test, "colour")) == (False, "b")
        with localenv.flags.set(new_checkout=True):
            flags.reset()
            assert (flag(localenv_test, "new_checkout"), flag(localenv_test, "colour")) == (True, "r")
        with pytest.raises(LocalenvError):
            flags.unset("nobody")

    @pytest.mark.faults("shop", path="/price", kinds=["status=500", "malformed", "empty", "hang"])
    def test_each_failure(localenv_test):
        try:
            answer = price(localenv_test, timeout=1)
            assert answer.status_code == 500 or not answer.text.endswith("}")
        except httpx.TransportError:
            pass

    def test_counted_failures(localenv_test):
        shop = localenv_test.upstream("shop")
        shop.get("/price").fails("drip", seconds=0.3, times=1)
        assert price(localenv_test).elapsed.total_seconds() >= 0.2
        shop.get("/price").fails("status=503", after=1, times=1)
        assert [price(localenv_test).status_code for _ in range(3)] == [200, 503, 200]
        shop.fails("flaky", percent=50, seed=1)
        assert [price(localenv_test).status_code for _ in range(20)].count(503) == 10
        shop.fails("degraded")
        assert price(localenv_test).status_code == 502

    def test_a_scenario(localenv_test):
        localenv_test.scenario("closed")
        assert (price(localenv_test).status_code, flag(localenv_test, "new_checkout")) == (503, True)

    def test_a_scenario_takes_the_place_of_the_one_before(localenv_test):
        closed, blue, described = (503, True, "r"), (200, False, "b"), (200, False, "r")

        def now():
            flags = [flag(localenv_test, name) for name in ("new_checkout", "colour")]
            return price(localenv_test).status_code, *flags

        with localenv_test.scenario("closed"):
            with localenv_test.scenario("blue"):
                assert now() == blue
            assert now() == closed
            with pytest.raises(LocalenvError):
                localenv_test.scenario("nobody")
            assert now() == closed
        assert now() == described
        localenv_test.scenario("closed")
        localenv_test.scenario("blue")
        assert now() == blue

    def test_a_real_server(localenv_test):
        other = localenv_test.url("flags")
        with localenv_test.real("shop", url=other):
            assert price(localenv_test).status_code == 404
        assert price(localenv_test).status_code == 200
        localenv_test.real("shop", url=other, observe=True)
        assert price(localenv_test).status_code == 404

    def test_nothing_is_left(localenv_test):
        assert (price(localenv_test).json(), flag(localenv_test, "new_checkout")) == ({"price": 1}, False)
        owners = [one.owner for one in localenv_test.environment.overrides()]
        assert [one for one in owners if (one.kind, one.pid) == ("test", os.getpid())] == []

    def test_from_python(localenv_test):
        environment = localenv_test.environment
        own = "shop" if localenv_test.url("shop") == environment.url("shop") else "shop.w1"
        with environment.upstream(own).fault(status=503, slow=0.01, path="/price"):
            assert price(localenv_test).status_code == 503
        with environment.upstream(own).fault("reset"), pytest.raises(httpx.TransportError):
            price(localenv_test)
        assert price(localenv_test).status_code == 200
"""


OF_MODULE = """
    import httpx, pytest

    def status(localenv_test):
        return httpx.get(localenv_test.url("shop") + "/price").status_code

    @pytest.fixture(scope="module", autouse=True)
    def closed(localenv):
        localenv.scenario("closed")

    @pytest.mark.parametrize("number", range(2))
    def test_a_scenario_of_the_module_is_active_but_for_one_of_the_test(localenv_test, number):
        assert status(localenv_test) == 503
        with localenv_test.scenario("blue"):
            assert status(localenv_test) == 200
        assert status(localenv_test) == 503
        localenv_test.scenario("blue")
        assert status(localenv_test) == 200
"""


def test_what_a_test_changes_ends_with_it(new_suite: Callable[..., Any]) -> None:
    tests = {"tests/test_inner.py": TESTS, "tests/test_module.py": OF_MODULE}
    suite = new_suite({"envs/local.yaml": DESCRIPTION, "stubs/shop/mappings/price.json": STUB, **tests})
    ran = suite.run("--localenv-flag-coverage", "-n", "2")

    assert ran.code == 0, ran.out
    assert "18 passed" in ran.out
    assert ran.outcome("test_each_state[new_checkout=True,colour=red]") == "passed"
    assert ran.outcome("test_each_failure[shop-hang]") == "passed"
    assert "flag unused: never evaluated" in ran.out
    assert "flag colour" not in ran.out
    assert suite.left() == set()


def test_a_marker_with_a_mistake_says_what_to_write(new_suite: Callable[..., Any]) -> None:
    marked = """
        import pytest

        @pytest.mark.flags("new_checkout")
        def test_it(localenv_test): ...
    """
    ran = new_suite({"envs/local.yaml": DESCRIPTION, "tests/test_inner.py": marked}).run()

    assert ran.code != 0
    assert "@pytest.mark.flags takes flags by name" in ran.out
