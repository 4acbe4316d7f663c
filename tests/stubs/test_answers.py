"""Descriptions of responses, converted to WireMock mappings."""

import json
from base64 import b64decode
from typing import Any

import pytest

from localenv.stubs.answers import Wanted, failure, reply


@pytest.mark.parametrize(
    ("wanted", "pattern"),
    [
        (Wanted(), {"method": "ANY", "urlPattern": ".*"}),
        (Wanted(method="GET", path="/a"), {"method": "GET", "urlPath": "/a"}),
        (Wanted(method="GET", path="/a?b=c"), {"method": "GET", "url": "/a?b=c"}),
        (Wanted(method="GET", path="/a/{id}"), {"method": "GET", "urlPathTemplate": "/a/{id}"}),
        (Wanted(method="GET", path="a"), {"method": "GET", "urlPath": "/a"}),
        (
            Wanted(method="GET", path="/a/{id}?b=c", query={"d": 1, "e": True}),
            {
                "method": "GET",
                "urlPathTemplate": "/a/{id}",
                "queryParameters": {"b": {"equalTo": "c"}, "d": {"equalTo": "1"}, "e": {"equalTo": "true"}},
            },
        ),
        (
            Wanted(path="/a", query={"q": "1"}, headers={"X-Y": "z"}, json={"sku": "lamp"}),
            {
                "method": "ANY",
                "urlPath": "/a",
                "queryParameters": {"q": {"equalTo": "1"}},
                "headers": {"X-Y": {"equalTo": "z"}},
                "bodyPatterns": [{"equalToJson": {"sku": "lamp"}, "ignoreExtraElements": True}],
            },
        ),
    ],
)
def test_requests_become_a_pattern(wanted: Wanted, pattern: dict[str, Any]) -> None:
    assert wanted.pattern() == pattern


def test_null_is_a_body() -> None:
    assert reply(200, json=None)["body"] == "null"  # WireMock ignores a `jsonBody` of null
    assert "jsonBody" not in reply(204)


def test_bytes_arrive_as_they_are() -> None:
    assert b64decode(reply(200, body=b"\x00\xff{{")["base64Body"]) == b"\x00\xff{{"


def test_a_text_can_be_a_template() -> None:
    assert reply(200, body="{{request.method}}\r\n")["body"] == "{{request.method}}\r\n"


def test_an_answer_may_be_late() -> None:
    assert reply(200, delay=0.25)["fixedDelayMilliseconds"] == 250


def test_an_answer_has_one_body() -> None:
    with pytest.raises(ValueError, match="one body"):
        reply(200, json={}, body="")


def test_a_failure_that_is_only_slow_is_a_failure_in_the_end() -> None:
    assert failure(slow=3) == {"status": 503, "fixedDelayMilliseconds": 3000}


def test_less_than_was_promised_is_another_failure_than_what_makes_no_sense() -> None:
    truncated, malformed = failure("truncated"), failure("malformed")

    assert int(truncated["headers"]["Content-Length"]) > len(truncated["body"])
    assert "fault" not in truncated
    assert "fault" not in malformed
    with pytest.raises(ValueError, match="Unterminated string"):
        json.loads(malformed["body"])
    assert failure("garbage")["fault"] == "RANDOM_DATA_THEN_CLOSE"


@pytest.mark.parametrize("kind", [None, "explode"])
def test_a_failure_of_no_known_kind_is_refused_with_those_there_are(kind: str | None) -> None:
    with pytest.raises(ValueError, match="malformed, truncated, empty, reset, garbage"):
        failure(kind)


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("CONNECTION_RESET_BY_PEER", '"reset"'),
        ("MALFORMED_RESPONSE_CHUNK", '"garbage"'),
        ("RANDOM_DATA_THEN_CLOSE", '"garbage"'),
        ("EMPTY_RESPONSE", '"empty"'),
        ("connection-reset", '"reset"'),
        ("truncate", '"truncated"'),
        ("malfromed", '"malformed"'),
        ("timeout", "slow=SECONDS"),
        ("503", "503, without quotes"),
    ],
)
def test_a_failure_by_another_word_hints_at_the_one_that_is_meant(kind: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"unknown failure '{kind}'; did you mean {meant}?"):
        failure(kind)
