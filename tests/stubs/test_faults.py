"""Failures in words, and the mappings they become."""

import re
from typing import Any

import pytest

from localenv.stubs import faults, narrowing
from localenv.stubs.fault_mappings import Aim, is_of_failure, mappings

CHARGES = {"name": "charges", "request": {"method": "POST", "urlPath": "/charges"}, "response": {"status": 201}}
ORDER = {"request": {"urlPathTemplate": "/orders/{id}"}, "response": {"body": "{{request.path.id}}"}}
OWN = (CHARGES, ORDER)


def made(*words: str, own: tuple[dict[str, Any], ...] = OWN, **aim: Any) -> list[dict[str, Any]]:
    return list(mappings(faults.parsed(words), Aim(**aim), own).mappings)


def served(stubs: list[dict[str, Any]], requests: int, *, url: str = "/charges") -> list[int]:
    """The statuses that a scenario answers with; 0 where the upstream's own stub answers."""
    state, found = "Started", []
    for _ in range(requests):
        fits = [one for one in stubs if one.get("requiredScenarioState", state) == state]
        fits = [
            one for one in fits if one["request"].get("urlPath", url) == url and "Template" not in str(one["request"])
        ]
        found.append(fits[0]["response"]["status"] if fits else 0)
        state = fits[0].get("newScenarioState", state) if fits else state
    return found


def test_kinds_combine_in_one_answer() -> None:
    [one] = made("slow=3s", "status=503")

    assert one["response"]["status"] == 503
    assert one["response"]["fixedDelayMilliseconds"] == 3000


def test_an_upstream_that_is_only_slow_gives_its_own_answers() -> None:
    late = made("slow=300ms")

    assert [one["response"].get("body", one["response"].get("status")) for one in late] == [201, "{{request.path.id}}"]
    assert {one["response"]["fixedDelayMilliseconds"] for one in late} == {300}


def test_requests_are_counted_before_and_while_they_fail() -> None:
    assert served(made("status=503", after=2), 5) == [201, 201, 503, 503, 503]
    assert served(made("status=503", times=2), 4) == [503, 503, 0, 0]
    assert served(made("status=503", after=1, times=2), 5) == [201, 503, 503, 0, 0]


def test_a_stub_with_a_scenario_is_counted_by_a_mapping_that_passes_its_requests_on() -> None:
    steps = [
        {**CHARGES, "scenarioName": "s", "requiredScenarioState": now, "newScenarioState": then}
        for now, then in (("Started", "paid"), ("paid", "closed"))
    ]
    found = mappings(faults.parsed(["status=503"]), Aim(after=1, times=1), (*steps, ORDER), "http://127.0.0.1:1")
    first, in_parts, order, broken = found.mappings

    for one in (first, in_parts):
        assert one["response"]["proxyBaseUrl"] == "http://127.0.0.1:1"
        assert (one["requiredScenarioState"], one["newScenarioState"]) == ("Started", "1")
    assert order["response"] == ORDER["response"]
    assert broken["response"]["status"] == 503
    for header in first["response"]["additionalProxyRequestHeaders"].keys() - {"Host"}:
        assert all(one["request"]["headers"][header] == {"absent": True} for one in found.mappings)


def test_a_form_in_parts_is_passed_on_without_a_template_which_fails_for_two_parts_of_one_name() -> None:
    charged = {**CHARGES, "scenarioName": "s"}
    whole, in_parts, _ = mappings(faults.parsed(["status=503"]), Aim(after=1), [charged], "http://127.0.0.1:1").mappings

    assert "transformers" not in in_parts["response"]
    assert whole["response"]["transformers"] == ["response-template"]
    wanted = in_parts["request"]["headers"]["Content-Type"]["matches"]
    assert re.fullmatch(wanted, "multipart/form-data; boundary=a")
    assert {"doesNotMatch": wanted} in whole["request"]["headers"]["Content-Type"]["or"]


def test_requests_of_a_method_without_a_body_take_one_mapping_to_be_passed_on() -> None:
    shown = {"request": {"method": "GET", "urlPath": "/a"}, "response": {"status": 200}, "scenarioName": "s"}
    found = mappings(faults.parsed(["status=503"]), Aim(after=1), [shown], "http://127.0.0.1:1").mappings

    assert [one["response"].get("status") for one in found] == [None, 503]


def test_requests_of_an_upstream_without_stubs_are_passed_on_and_so_stay_unmatched() -> None:
    first, _, broken = mappings(faults.parsed(["status=503"]), Aim(after=1), (), "http://127.0.0.1:1").mappings

    assert (first["response"]["proxyBaseUrl"], broken["response"]["status"]) == ("http://127.0.0.1:1", 503)
    assert is_of_failure(first)
    assert is_of_failure(broken)
    assert not is_of_failure(CHARGES)


def test_a_percentage_is_exact_and_repeatable_and_the_seed_decides_which() -> None:
    first, again, other = (served(made("flaky=30%", seed=seed), 40) for seed in (1, 1, 2))

    assert first == again != other
    assert [found.count(503) for found in (first, other)] == [12, 12]


def test_a_rate_limit_tells_when_to_come_again() -> None:
    found = mappings(faults.parsed(["rate-limit=5/s"]), Aim(), OWN)

    assert served(list(found.mappings), 7) == [201] * 5 + [429] * 2
    assert found.window == 1
    assert found.mappings[-1]["response"]["headers"]["Retry-After"] == "1"


def test_many_stubs_share_a_smaller_window() -> None:
    many = tuple({**CHARGES, "name": str(number)} for number in range(400))
    found = mappings(faults.parsed(["rate-limit=100/m"]), Aim(), many)

    assert len(found.mappings) <= 2001
    assert found.window == pytest.approx(3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["status=700"], "not a status from 200 to 599"),
        (["status"], "takes a value: status=503"),
        (["empty=1"], "takes no value"),
        (["flaky=130%"], "not a percentage over 0 and up to 100"),
        (["flaky=0%"], "not a percentage"),
        (["slow=soon"], "not a duration, as in slow=3s"),
        (["slow=0s"], "must be longer than 0 s"),
        (["rate-limit=5"], "not a rate, as in rate-limit=5/s"),
        (["rate-limit=0/s"], "not a rate"),
        (["empty", "reset"], "an answer has one of"),
        (["slow=1s", "slow=2s"], "given twice"),
        (["hang", "slow=1s"], "leave out slow"),
        (["drip=1s", "reset"], "no body that could drip"),
        (["rate-limit=5/s", "status=500"], "leave out the other answer"),
        (["503"], "did you mean status=503"),
        (["timeout"], "did you mean hang"),
        (["refuse"], "did you mean reset"),
        (["malfromed"], "did you mean malformed"),
        ([], "missing the kind of failure"),
    ],
)
def test_a_mistake_says_what_to_write(words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        faults.parsed(words)


@pytest.mark.parametrize("aim", [{"times": 0}, {"after": -1}, {"path": "charges"}])
def test_what_cannot_be_counted_or_met_is_refused(aim: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"times is|after is|not a path"):
        Aim(**aim)


@pytest.mark.parametrize(
    ("request_", "path", "found"),
    [
        ({"urlPath": "/a"}, "/a", {"urlPath": "/a"}),
        ({"urlPath": "/b"}, "/a", None),
        ({"url": "/a?x=1"}, "/a", {"url": "/a?x=1"}),
        ({}, "/a/{id}", {"urlPathPattern": "/a/[^/]+"}),
        ({"urlPathPattern": "/a|/b"}, "/a", {"urlPathPattern": "(?=(?:/a)$)(?:/a|/b)"}),
        (
            {"urlPathTemplate": "/a/{id}"},
            "/a/7",
            {"urlPathTemplate": "/a/{id}", "pathParameters": {"id": {"equalTo": "7"}}},
        ),
        ({"urlPathTemplate": "/a/{id}"}, "/a/{x}", {"urlPathTemplate": "/a/{id}"}),
        ({"urlPathTemplate": "/a/{id}"}, "/b/7", None),
        ({"urlPathTemplate": "/a/{id}"}, "/a/*", {"urlPathTemplate": "/a/{id}"}),
    ],
)
def test_a_stub_is_limited_to_a_path(request_: dict[str, Any], path: str, found: dict[str, Any] | None) -> None:
    assert narrowing.narrowed({"method": "GET", **request_}, "ANY", path) == (
        None if found is None else {"method": "GET", **found}
    )


def test_a_stub_of_another_method_is_left_out() -> None:
    assert Aim(method="post").pattern == {"method": "POST", "urlPattern": ".*"}
    assert narrowing.narrowed({"method": "GET"}, "POST", "") is None
    assert narrowing.narrowed({}, "POST", "") == {"method": "POST"}


def test_words_of_a_call() -> None:
    assert faults.word("drip", seconds=5) == ["drip=5s"]
    assert faults.word("flaky", percent=30) == ["flaky=30%"]
    assert faults.word("rate-limit", rate="5/s") == ["rate-limit=5/s"]
    assert faults.word("slow=3s status=503") == ["slow=3s", "status=503"]
    assert faults.word(503) == ["status=503"]
    with pytest.raises(ValueError, match="takes seconds="):
        faults.word("drip", percent=3)


def test_a_profile_stands_for_its_words() -> None:
    profiles = {"degraded": ["slow=2s", "flaky=10%"]}
    assert faults.parsed(["degraded"], profiles) == faults.parsed(["slow=2s", "flaky=10%"])
    with pytest.raises(ValueError, match=r"'degradedd'; did you mean degraded\? available: status=503, .*, degraded"):
        faults.parsed(["degradedd"], profiles)
    with pytest.raises(ValueError, match="status=500 and reset exclude each other"):
        faults.parsed(["status=500", "reset"])
