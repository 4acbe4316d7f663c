"""The stubs of a state of the provider, as contracts of Pact have it."""

import json
from types import SimpleNamespace

import pytest

from localenv.errors import UsageError
from localenv.pytest_plugin.upstreams import UpstreamFixture
from localenv.stack import StubSource, Upstream
from localenv.stubs import provider_states


def interaction(status, path, *states):
    return {
        "description": f"{path} {status}",
        "providerStates": list(states),
        "request": {"method": "GET", "path": path},
        "response": {"status": status},
    }


@pytest.fixture
def payments(tmp_path):
    paid = {"name": "a charge exists", "params": {"id": 7}}
    contract = {
        "consumer": {"name": "web"},
        "provider": {"name": "payments"},
        "interactions": [
            interaction(200, "/charges/7", paid),
            interaction(200, "/charges", paid),
            interaction(404, "/charges/7", {"name": "no charges"}),
            interaction(200, "/health"),
        ],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }
    (tmp_path / "web.json").write_text(json.dumps(contract))
    return Upstream(name="payments", server="s", sources=(StubSource(kind="pact", value=tmp_path / "web.json"),))


def test_every_interaction_of_a_state_answers_whatever_the_scenario_is_in(payments):
    found = provider_states.mappings(payments, "a charge exists")

    assert {one["request"]["url"]: one["response"]["status"] for one in found} == {"/charges/7": 200, "/charges": 200}
    assert not any({"scenarioName", "requiredScenarioState", "priority"} & one.keys() for one in found)
    assert provider_states.mappings(payments, "a charge exists (id: 7)") == found
    assert [one["response"]["status"] for one in provider_states.mappings(payments, "no charges")] == [404]


def test_an_unknown_state_is_named_with_those_there_are(payments):
    with pytest.raises(UsageError, match="upstream 'payments' has no provider state 'charges'") as caught:
        provider_states.mappings(payments, "charges")
    assert caught.value.hint == "available: a charge exists (id: 7); no charges"

    with pytest.raises(UsageError) as caught:
        provider_states.mappings(Upstream(name="stock", server="s"), "charges")
    assert caught.value.hint.startswith("available: none")


def test_a_test_answers_in_a_state_of_its_worker_s_upstream(payments):
    added = []
    traffic = SimpleNamespace(
        environment=SimpleNamespace(stack=SimpleNamespace(upstreams={"payments.2": payments})),
        names={"payments": "payments.2"},
        overlay=lambda scope, name, stubs: added.extend((name, one["response"]["status"]) for one in stubs),
    )

    UpstreamFixture(name="payments", running=SimpleNamespace(traffic=traffic), scope=None).given("no charges")

    assert added == [("payments", 404)]
