"""The upstream of a request."""

import pytest

from localenv.stack import Upstream
from localenv.stubs import layers
from localenv.stubs.recognition import MARK, Recognition, means

SEVERAL = Recognition(upstreams=("payments", "inventory"), shares_ports=True)
ONE = Recognition(upstreams=("payments",), shares_ports=True)
OPEN = {"or": [{"equalTo": "payments"}, {"equalTo": "?"}]}


def stub(upstream, path, **request):
    about = {"localenv": {"upstream": upstream, "source": "a.json"}}
    return {"id": f"{upstream} {path}", "request": {"urlPath": path, **request}, "response": {}, "metadata": about}


def asked(host="", **more):
    return {"headers": ({"Host": host} if host else {}) | more}


def test_an_upstream_is_told_apart_by_the_mark_of_the_relay():
    ready = SEVERAL.addressed("payments", stub("payments", "/a"))
    assert ready["request"]["headers"] == {MARK: {"equalTo": "payments"}}


def test_a_host_matcher_of_its_own_is_kept_and_answers_that_host_too(upstream, mapping):
    own = mapping("/a")
    own["request"]["headers"] = {"hOST": {"contains": "pay"}, "Accept": {"contains": "json"}}
    [ready] = SEVERAL.all(layers.mappings(upstream({"mappings/a.json": own})))
    assert ready["request"]["headers"] == own["request"]["headers"] | {MARK: OPEN}


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        ("payments", True),
        ("payments:80", True),
        ("payments.:8080", True),
        ("api.partner.example:1", True),
        ("other:8080", True),
        ("other", False),
        ("payments2", False),
        ("payments:80x", False),
        ("", False),
    ],
)
def test_a_host_header_means_an_upstream_or_not(host, meant):
    payments = Upstream(name="payments", server="s", hosts=("api.partner.example", "other:8080"))
    assert means(host, payments) is meant


def test_the_only_upstream_is_asked_under_every_host():
    assert "headers" not in ONE.addressed("payments", stub("payments", "/a"))["request"]
    assert ONE.of(asked("api.partner.example")) == ONE.of(asked()) == "payments"


def test_a_mark_says_more_than_any_host():
    assert SEVERAL.of(asked("inventory", **{MARK: "payments"})) == "payments"
    assert SEVERAL.of(asked("payments", **{MARK: "?"})) == ""


def test_a_request_is_passed_on_without_its_mark():
    response = {"proxyBaseUrl": "http://api:8000", "removeProxyRequestHeaders": ["Accept-Encoding"]}
    ready = SEVERAL.addressed("payments", stub("payments", "/a") | {"response": response})
    assert ready["response"]["removeProxyRequestHeaders"] == ["accept-encoding", MARK.lower()]
    assert SEVERAL.addressed("payments", ready) == ready


def test_where_each_upstream_has_ports_of_its_own_no_stub_answers_for_unknown_hosts():
    [alone] = Recognition(upstreams=SEVERAL.upstreams).all([stub("payments", "/a")])
    assert alone["request"]["headers"] == {MARK: {"equalTo": "payments"}}


def test_of_several_the_one_whose_stubs_alone_match_is_asked_under_unknown_hosts_too():
    alone, shared, other = SEVERAL.all(
        [stub("payments", "/charges"), stub("payments", "/health"), stub("inventory", "/health")]
    )
    assert alone["request"]["headers"] == {MARK: OPEN}
    for one in (shared, other):
        assert "or" not in one["request"]["headers"][MARK]
    assert SEVERAL.of(asked("api.partner.example"), answered_by="payments") == "payments"
    assert SEVERAL.of(asked("api.partner.example")) == ""


@pytest.mark.parametrize(
    ("one", "other", "is_alone"),
    [
        ({"urlPath": "/a"}, {"urlPath": "/b"}, True),
        ({"urlPath": "/a"}, {"url": "/a?b=1"}, False),
        ({"urlPath": "/a", "method": "GET"}, {"urlPath": "/a", "method": "POST"}, True),
        ({"urlPath": "/a/1"}, {"urlPathTemplate": "/a/{id}"}, False),
        ({"urlPath": "/a/1/b"}, {"urlPathTemplate": "/a/{id}"}, True),
        ({"urlPath": "/a/1"}, {"urlPathPattern": "/a/[0-9]+"}, False),
        ({"urlPath": "/a/x"}, {"urlPathPattern": "/a/[0-9]+"}, True),
        ({"urlPathPattern": "/a/.*"}, {"urlPathPattern": "/b/.*"}, True),
        ({"urlPathPattern": "/a/.*"}, {"urlPathPattern": ".*/b"}, False),
        ({"urlPathPattern": "/v1/a|/v1/b"}, {"urlPath": "/v1/b"}, False),
        ({"urlPath": "/a"}, {}, False),
    ],
)
def test_two_stubs_can_match_one_request_by_method_and_path(one, other, is_alone):
    first = {**stub("payments", ""), "request": one}
    second = {**stub("inventory", ""), "request": other}
    ready = SEVERAL.all([first, second])[0]
    assert (ready["request"]["headers"][MARK] == OPEN) is is_alone


def test_a_workers_stubs_are_asked_under_unknown_hosts_by_that_worker_alone():
    workers = Recognition(upstreams=("payments", "payments.w1"), shares_ports=True)
    first, second = workers.all([stub("payments", "/a"), stub("payments.w1", "/a")])
    assert first["request"]["headers"] == {MARK: OPEN}
    assert second["request"]["headers"] == {MARK: {"or": [{"equalTo": "payments.w1"}, {"equalTo": "?.w1"}]}}


def test_a_stub_of_the_server_is_told_apart_anew_when_another_comes():
    [laid] = SEVERAL.all([stub("payments", "/a")])
    [changed] = SEVERAL.changed([laid], [stub("inventory", "/a")])
    assert changed == SEVERAL.addressed("payments", stub("payments", "/a"))
    assert SEVERAL.changed([changed], [stub("inventory", "/a")]) == []
