"""Fixtures, overrides, unmatched requests, failure reports and artifacts: one run of a suite, examined in detail."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pytest_plugin.conftest import on

pytestmark = on(compose=pytest.mark.full)  # what has to do with containers alone: test_data, test_diagnosis

TURNS = """
    {"mappings": [
      {"scenarioName": "turns", "requiredScenarioState": "Started", "newScenarioState": "moved",
       "request": {"method": "GET", "urlPath": "/turn"}, "response": {"body": "first"}},
      {"scenarioName": "turns", "requiredScenarioState": "moved",
       "request": {"method": "GET", "urlPath": "/turn"}, "response": {"body": "second"}}
    ]}
"""
CHEAP = {
    "stubs/shop/mappings/cheap.json": """
        {"request": {"method": "GET", "urlPathPattern": "/chea."}, "response": {"body": "cheap"}}
    """
}
TESTS = """
import httpx
import pytest
from wiremock.resources.mappings import HttpMethods, Mapping, MappingRequest, MappingResponse


@pytest.fixture
def api(localenv_test):
    return localenv_test.client("api")


def test_a_stub_of_the_repository_answers(api, localenv_test):
    assert api.get("/ask/price").json()["body"] == "of the repository"
    localenv_test.upstream("shop").get("/price").assert_called(times=1)


def test_a_stub_on_top_goes_first(api, localenv_test):
    localenv_test.upstream("shop").get("/price").reply(200, json={"cents": 5})
    assert api.get("/ask/price").json()["body"] == '{"cents":5}'
    localenv_test.upstream("shop").get("/price").reply(200, body="later")
    assert api.get("/ask/price").json()["body"] == "later"
    localenv_test.upstream("shop").stub({"request": {"urlPath": "/price"}, "response": {"body": "plain"}})
    assert api.get("/ask/price").json()["body"] == "plain"
    mapping = Mapping(
        request=MappingRequest(method=HttpMethods.GET, url="/price"),
        response=MappingResponse(status=200, body="python"),
    )
    localenv_test.upstream("shop").stub(mapping)
    assert api.get("/ask/price").json()["body"] == "python"
    assert len(localenv_test.upstream("shop").requests()) == 4


def test_it_is_gone_afterwards(api, localenv_test):
    assert api.get("/ask/price").json()["body"] == "of the repository"
    assert len(localenv_test.upstream("shop").requests()) == 1


def test_calls_can_be_waited_for(api, localenv_test):
    api.get("/later/price")
    localenv_test.upstream("shop").get("/{what}").assert_called(times=1, within=30)


def test_a_stub_and_an_assertion_mean_the_same_requests(localenv_test):
    shop, client = localenv_test.upstream("shop"), localenv_test.client("shop")
    wanted = [
        shop.get("some/path", query={"page": 2}),
        shop.get("/of/{what}?page=2"),
        shop.post("/list", json={"lines": [], "tags": ["a"]}),
    ]
    for route in wanted:
        route.reply(200, json=None)
    answers = [
        client.get("/some/path?page=1&page=2"),
        client.get("/of/that?page=2&more=yes"),
        client.post("/list", json={"lines": [1], "tags": ["a", "b"]}),
    ]
    assert [one.text for one in answers] == ["null"] * 3
    for route in wanted:
        route.assert_called(times=1)
    shop.assert_called(times=3)


def test_a_scenario_of_the_repository_goes_on(localenv_test):
    client = localenv_test.client("shop")
    assert [client.get("/turn").text for _ in range(2)] == ["first", "second"]


def test_a_scenario_of_the_repository_begins_anew(localenv_test):
    assert localenv_test.client("shop").get("/turn").text == "first"


def test_asked_for_while_it_runs(request):
    localenv_test = request.getfixturevalue("localenv_test")
    localenv_test.upstream("shop").get("/price").reply(200, body="for a moment")
    assert localenv_test.client("api").get("/ask/price").json()["body"] == "for a moment"


def test_it_too_is_gone_afterwards(api):
    assert api.get("/ask/price").json()["body"] == "of the repository"


def test_unmatched_where_asked_for_while_it_runs(request):
    request.getfixturevalue("localenv_test").client("api").get("/swallow/prices")


def test_fails_and_was_unmatched(api):
    api.get("/swallow/prices")
    assert "this" == "that"


def test_refused(localenv_test):
    localenv_test.need("shop").reset()


@pytest.mark.localenv("ci")
def test_marked_in_vain(localenv_test):
    pass


def test_a_route_is_shown_in_few_words(localenv_test):
    assert repr(localenv_test.upstream("shop")).startswith("UpstreamFixture(name='shop', wanted=")


def test_counted_wrongly(api, localenv_test):
    api.get("/ask/price")
    localenv_test.upstream("shop").get("/price").assert_called(times=2)


def test_counted_elsewhere(api, localenv_test):
    api.get("/ask/price")
    localenv_test.upstream("shop").get("/prices").assert_called(times=1)


@pytest.mark.parametrize("fault", ["truncated", "garbage", "empty", "reset"])
def test_a_client_sees_the_fault(localenv_test, fault):
    localenv_test.upstream("shop").get("/price").fails(fault)
    with pytest.raises(httpx.RemoteProtocolError if fault != "reset" else httpx.TransportError) as seen:
        httpx.get(localenv_test.url("shop") + "/price")
    assert ("without sending complete message body" in str(seen.value)) == (fault == "truncated")


def test_a_status_and_a_delay(localenv_test):
    localenv_test.upstream("shop").any().fails(503)
    assert httpx.post(localenv_test.url("shop") + "/whatever").status_code == 503
    localenv_test.upstream("shop").any().fails(slow=0.5)
    answer = httpx.get(localenv_test.url("shop") + "/whatever")
    assert answer.elapsed.total_seconds() > 0.5


def test_unmatched(api):
    assert api.get("/ask/prices").status_code == 404


def test_unmatched_and_swallowed(api):
    assert api.get("/swallow/prices").status_code == 200


def test_unmatched_through_the_fixture_of_the_session(localenv):
    localenv.client("api").get("/swallow/prices")


@pytest.mark.localenv(unmatched="warn")
@pytest.mark.filterwarnings("default")
def test_unmatched_and_only_warned_of(api):
    api.get("/swallow/prices")


@pytest.mark.localenv(unmatched="ignore")
def test_unmatched_and_ignored(api):
    api.get("/swallow/prices")


def test_ignored_by_the_description(localenv_test):
    assert httpx.get(localenv_test.url("gossip") + "/anything").status_code == 200


def test_a_plain_assertion(localenv_test):
    assert "this" == "that"


def test_an_assertion_about_an_answer(api):
    assert api.get("/ask/cheap").json()["body"] == "expensive"


def test_500(api):
    assert api.get("/boom/b").status_code == 200


def test_crash(api, localenv_test):
    with pytest.raises(httpx.TransportError):
        api.get("/die")
    raise AssertionError("look at the report")


def test_the_service_is_there_again(api):
    assert api.get("/say/hello").status_code == 200


def test_crash_that_passes(api):
    with pytest.raises(httpx.TransportError):
        api.get("/die")


def test_the_service_is_there_once_more(api):
    assert api.get("/say/hello").status_code == 200


def test_memory(api):
    with pytest.raises(httpx.TransportError):
        api.get("/devour")
    raise AssertionError("look at the report")


def test_logs_are_of_this_test_alone(api, localenv_test):
    api.get("/say/this")
    assert localenv_test.logs("api") == ["they say this"]


def test_a_secret_is_said(api):
    api.get("/say/swordfish-canary")
    raise AssertionError("look at the report")


def test_exec(localenv_test):
    done = localenv_test.exec("api", "python", "-c", "print(6 * 7)")
    assert (done.code, done.lines) == (0, ("42",))


def test_stopped(localenv_test):
    localenv_test.stop("api")
    with pytest.raises(httpx.TransportError):
        localenv_test.client("api").get("/")


def test_started_again(localenv_test):
    assert localenv_test.client("api").get("/").status_code == 200


def test_what_is_so_already_stays_so(localenv_test, api):
    for action in ("start", "resume", "stop", "stop", "start", "start", "pause", "pause", "start", "pause", "stop"):
        getattr(localenv_test, action)("api")
    with pytest.raises(Exception, match="api is not running and cannot be paused"):
        localenv_test.pause("api")


def test_and_is_as_before_afterwards(api):
    assert api.get("/").status_code == 200


def test_paused(localenv_test):
    localenv_test.pause("api")
    with pytest.raises(httpx.TransportError):
        localenv_test.client("api", timeout=0.3).get("/")


def test_resumed(localenv_test):
    assert localenv_test.client("api").get("/").status_code == 200


def test_unknown_name(localenv_test):
    localenv_test.upstream("shops")


def test_traceparent(api):
    sent = api.get("/").request.headers["traceparent"].split("-")
    assert [len(part) for part in sent] == [2, 32, 16, 2]


def test_without_an_environment():
    pass
"""


@pytest.fixture(scope="module")
def ran(with_service: Callable[..., Any], engine: str) -> Any:
    suite = with_service({"tests/test_inner.py": TESTS, "stubs/shop/mappings/turns.json": TURNS} | CHEAP)
    limited = () if engine == "compose" else ("--deselect", "tests/test_inner.py::test_memory")
    run = suite.run("-v", "--localenv-artifacts", "artifacts", *limited)
    assert suite.left() == set()
    return run


@pytest.fixture(scope="module")
def artifacts(ran: Any) -> Path:
    (found,) = (ran.junit.parent / "artifacts").iterdir()
    return found


FAILING = {
    "test_counted_wrongly", "test_counted_elsewhere",
    "test_unmatched", "test_unmatched_and_swallowed", "test_500", "test_crash", "test_memory",
    "test_unmatched_through_the_fixture_of_the_session", "test_a_secret_is_said", "test_unknown_name",
    "test_unmatched_where_asked_for_while_it_runs", "test_fails_and_was_unmatched", "test_refused",
    "test_marked_in_vain", "test_a_plain_assertion", "test_an_assertion_about_an_answer",
}  # fmt: skip


def test_those_fail_that_should(ran: Any, engine: str) -> None:
    left_out = set() if engine == "compose" else {"test_memory"}  # only Docker has memory limits
    names = {name for name in _names() if not name.startswith("test_a_client")} - left_out

    assert {name for name in names if ran.outcome(name) != "passed"} == FAILING - left_out, ran.out


@pytest.mark.parametrize("fault", ["truncated", "garbage", "empty", "reset"])
def test_a_broken_answer_reaches_the_client_as_such(ran: Any, fault: str) -> None:
    assert ran.outcome(f"test_a_client_sees_the_fault[{fault}]") == "passed", ran.out


def test_an_unmatched_request_is_shown_with_the_nearest_stub_and_a_mapping_to_paste(ran: Any) -> None:
    swallowed = ("test_unmatched_and_swallowed", "test_unmatched_where_asked_for_while_it_runs")
    for name in ("test_unmatched", *swallowed, "test_fails_and_was_unmatched"):
        report = ran.report(name)

        assert "shop: GET /prices matched no stub" in report
        assert "nearest: a price" in report
        assert "URL /prices, the stub expects urlPath /price" in report
        assert '"urlPath": "/prices"' in report


def test_what_is_only_warned_of_is_a_warning(ran: Any) -> None:
    _, _, warned = ran.out.partition("warnings summary")

    assert "shop: GET /prices matched no stub" in warned


def test_calls_that_were_miscounted_are_shown(ran: Any) -> None:
    report = ran.report("test_counted_wrongly")

    assert "shop GET /price: 2 requests expected, 1 found" in report
    assert "shop GET /price → 200 (stub “a price”)" in report
    _, _, asked = ran.report("test_counted_elsewhere").partition("0 found. Requests:")
    assert "shop GET /price → 200" in asked.partition("requests to upstreams:")[0]


def test_a_name_that_is_not_there_is_told_with_those_that_are(ran: Any) -> None:
    report = ran.report("test_unknown_name")

    assert "UsageError: unknown upstream 'shops'" in report
    assert "hint: available: gossip, shop" in report


def test_what_is_refused_is_shown_where_the_test_asked_for_it(ran: Any) -> None:
    report = ran.report("test_refused")

    assert "UsageError: 'shop' is an upstream; expected need" in report
    assert "localenv/pytest_plugin" not in report
    assert "@pytest.mark.localenv takes settings by name, such as env='ci'" in ran.out


def test_a_test_that_fails_is_no_error_besides(ran: Any) -> None:
    assert ran.outcome("test_fails_and_was_unmatched") == "failed"
    assert "ERROR at teardown" not in ran.out


@pytest.mark.parametrize(
    ("name", "diagnosis"),
    [
        ("test_unmatched", "no stub matched shop GET /prices"),
        ("test_500", "api answered 500 to GET /boom/b; its log: KeyError: 'b'"),
        ("test_crash", "api exited with code 3: FATAL: the disk is on fire"),
        ("test_memory", "api was killed: it exceeded its memory limit"),
    ],
)
def test_the_report_begins_with_a_diagnosis(ran: Any, engine: str, name: str, diagnosis: str) -> None:
    if name == "test_memory" and engine == "native":
        pytest.skip("processes have no limit of memory of their own")
    _, _, section = ran.report(name).partition("- localenv -")

    first = section.splitlines()[1]
    assert first.startswith(diagnosis), ran.report(name)


def test_an_assertion_where_nothing_else_is_to_be_seen_is_shown_alone(ran: Any) -> None:
    assert "- localenv -" not in ran.report("test_a_plain_assertion")


def test_an_assertion_is_shown_with_what_the_upstreams_were_asked_and_without_what_runs(ran: Any) -> None:
    _, _, section = ran.report("test_an_assertion_about_an_answer").partition("- localenv -")

    assert section.splitlines()[1] == "requests to upstreams:"
    assert "shop GET /cheap → 200 (stub “GET /chea.”)" in section
    assert "states:" not in section


def test_the_states_are_shown_where_something_does_not_run(ran: Any) -> None:
    assert re.search("states: .*api exited", ran.report("test_crash"))


def test_the_report_says_how_to_see_it_again(ran: Any) -> None:
    assert "pytest tests/test_inner.py::test_500 --localenv-attach inner-pytest-local-" in ran.report("test_500")


def test_no_secret_is_shown_or_written(ran: Any, artifacts: Path) -> None:
    assert "they say ***" in ran.report("test_a_secret_is_said")
    texts = [ran.out, *(file.read_text() for file in artifacts.rglob("*") if file.is_file())]
    assert not [text for text in texts if "swordfish-canary" in text.replace("/say/swordfish-canary", "")]


def test_junit_says_which_environment_a_test_had(ran: Any) -> None:
    assert ran.properties("test_500")["localenv.environment"].startswith("inner-pytest-local-")
    assert ran.properties("test_without_an_environment") == {}


def test_junit_has_the_diagnosis_that_the_terminal_shows(ran: Any) -> None:
    shown = "".join(ran.case("test_500").itertext())

    assert "--- localenv ---" in shown
    assert "to reproduce: pytest tests/test_inner.py::test_500" in shown


def test_artifacts_hold_files_logs_events_journals_and_each_tests_traffic(artifacts: Path, engine: str) -> None:
    rendered = {"rendered/compose.yaml"} if engine == "compose" else set()
    names = {str(file.relative_to(artifacts)) for file in artifacts.rglob("*") if file.is_file()}

    assert rendered | {"events.jsonl", "logs/api.log", "journals/localenv.stubs.json"} <= names
    (traffic,) = artifacts.glob("tests/*test_counted_wrongly*.json")
    (call,) = json.loads(traffic.read_text())
    assert (call["upstream"], call["method"], call["url"], call["status"]) == ("shop", "GET", "/price", 200)


def _names() -> list[str]:
    return [line.partition("(")[0].removeprefix("def ") for line in TESTS.splitlines() if line.startswith("def test_")]
