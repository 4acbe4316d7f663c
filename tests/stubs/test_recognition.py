"""The upstream of a request."""

import pytest

from localenv.stack import Upstream
from localenv.stubs import layers
from localenv.stubs.recognition import MARK, Recognition, host_matcher, hosts, means

HOSTS = ("payments", "127.0.0.1:20011", "localhost:20011")
SEVERAL = Recognition(hosts={"payments": HOSTS, "inventory": ("inventory", "127.0.0.1:20012", "localhost:20012")})
ONE = Recognition(hosts={"payments": HOSTS})
MARKED = Recognition(hosts=SEVERAL.hosts, is_marked=True)


def stub(upstream, path, **request):
    about = {"localenv": {"upstream": upstream, "source": "a.json"}}
    return {"id": f"{upstream} {path}", "request": {"urlPath": path, **request}, "response": {}, "metadata": about}


def asked(host="", **more):
    return {"headers": ({"Host": host} if host else {}) | more}


def test_an_upstream_is_told_apart_by_its_host_headers():
    ready = SEVERAL.addressed("payments", stub("payments", "/a"))
    assert ready["request"]["headers"] == {
        "Host": {
            "or": [
                {"matches": r"(?i)payments\.?(:[0-9]+)?"},
                {"equalTo": "127.0.0.1:20011", "caseInsensitive": True},
                {"equalTo": "localhost:20011", "caseInsensitive": True},
            ]
        }
    }


def test_one_host_needs_no_or_which_wiremock_would_refuse():
    assert host_matcher(["payments"]) == {"matches": r"(?i)payments\.?(:[0-9]+)?"}


def test_a_host_matcher_of_its_own_is_kept_beside_ours(upstream, mapping):
    own = mapping("/a")
    own["request"]["headers"] = {"hOST": {"contains": "pay"}, "Accept": {"contains": "json"}}
    [ready] = SEVERAL.all(layers.mappings(upstream({"mappings/a.json": own})))
    assert ready["request"]["headers"]["Host"]["and"][0] == {"contains": "pay"}
    assert "or" in ready["request"]["headers"]["Host"]["and"][1]
    assert ready["request"]["headers"]["Accept"] == {"contains": "json"}
    assert len(ready["request"]["headers"]) == 2


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        ("payments", True),
        ("PAYMENTS:80", True),
        ("payments.:8080", True),
        ("LocalHost:20011", True),
        ("localhost:20012", False),
        ("payments2", False),
        ("xpayments", False),
        ("payments:80x", False),
        ("", False),
    ],
)
def test_a_host_header_means_an_upstream_or_not(host, meant):
    assert means(host, HOSTS) is meant


def test_the_hosts_of_an_upstream_are_its_name_and_its_addresses_on_this_machine():
    payments = Upstream(name="payments", server="s")
    assert hosts(payments, 20011) == HOSTS
    assert hosts(payments, None) == ("payments",)
    assert hosts(Upstream(name="pay", server="s", hosts=("api.partner.example",)), None)[-1] == "api.partner.example"


def test_the_only_upstream_is_asked_under_every_host():
    assert ONE.addressed("payments", stub("payments", "/a"))["request"]["headers"] == {}
    assert ONE.of(asked("api.partner.example")) == ONE.of(asked()) == "payments"


def test_a_mark_says_more_than_any_host():
    ready = MARKED.addressed("payments", stub("payments", "/a"))
    assert ready["request"]["headers"] == {MARK: {"equalTo": "payments"}}
    assert MARKED.of(asked("inventory", **{MARK: "payments"})) == "payments"
    assert MARKED.of(asked("payments")) == ""


def test_a_marked_request_is_passed_on_without_its_mark():
    ready = MARKED.addressed("payments", stub("payments", "/a") | {"response": {"proxyBaseUrl": "http://api:8000"}})
    assert ready["response"]["removeProxyRequestHeaders"] == [MARK]


def test_of_several_the_one_whose_stubs_alone_match_is_asked_under_unknown_hosts_too():
    alone, shared, other = SEVERAL.all(
        [stub("payments", "/charges"), stub("payments", "/health"), stub("inventory", "/health")]
    )
    assert {"not"} in [set(one) for one in alone["request"]["headers"]["Host"]["or"]]
    for one in (shared, other):
        assert {"not"} not in [set(each) for each in one["request"]["headers"]["Host"]["or"]]
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
    assert ({"not"} in [set(each) for each in ready["request"]["headers"]["Host"]["or"]]) is is_alone


def test_a_stub_of_the_server_is_told_apart_anew_when_another_comes():
    [laid] = SEVERAL.all([stub("payments", "/a")])
    [changed] = SEVERAL.changed([laid], [stub("inventory", "/a")])
    assert changed == SEVERAL.addressed("payments", stub("payments", "/a"))
    assert SEVERAL.changed([changed], [stub("inventory", "/a")]) == []
