"""What a consumer asks, as a request pattern."""

import json
import re

import pytest

from localenv.stubs.sources.pact import requests


@pytest.mark.parametrize(
    ("query", "asked", "fits"),
    [
        ({"a b": ["1"], "tags[]": ["x"]}, "tags%5B%5D=x&a+b=1", True),
        ({"a b": ["1"], "tags[]": ["x"]}, "a%20b=1&tags[]=x", True),
        ({"größe": ["1"]}, "gr%c3%b6%C3%9fe=1", True),
        ("page=1&flag", "flag&page=2", True),
        ("page=1", "page=1&sort=name", False),
        ("page=1", "pages=1", False),
    ],
)
def test_a_query_has_only_parameters_of_the_contract(query, asked, fits):
    pattern = requests.pattern({"path": "/shop/items", "query": query}, 3)

    assert (re.fullmatch(pattern["urlPattern"], f"/shop/items?{asked}") is not None) == fits


@pytest.mark.parametrize(
    ("written", "sent", "fits"),
    [
        ("application/json;charset=utf-8", "application/json; charset=UTF-8", True),
        ('text/x-note; format="flowed"; charset=latin1', "text/x-note;charset=latin1; format=flowed; q=1", True),
        ("application/json; charset=utf-8", "application/json", False),
        ("text/html, application/json; q=0.9", "text/html,application/json;q=0.9", True),
        ("multipart/form-data; boundary=abc", "multipart/form-data; boundary=xyz", True),
    ],
)
def test_parameters_of_a_media_type_come_in_any_order_and_spacing(written, sent, fits):
    pattern = requests.pattern({"headers": {"Content-Type": written}}, 3)

    assert (re.fullmatch(pattern["headers"]["Content-Type"]["matches"], sent) is not None) == fits


@pytest.mark.parametrize(
    ("version", "body"), [(2, None), (3, ""), (4, None), (4, {"content": ""})], ids=["null", "text", "4-null", "4-text"]
)
def test_a_body_that_is_empty_in_the_contract_has_to_be_empty(version, body):
    [pattern] = requests.pattern({"method": "POST", "body": body}, version)["bodyPatterns"]
    absent, text = pattern["or"]

    assert absent == {"absent": True}
    assert [one for one in ("", "null", '""', "{}", "0") if re.fullmatch(text["matches"], one)] == ["", "null", '""']
    assert "bodyPatterns" not in requests.pattern({"method": "POST"}, version)


def test_a_list_without_items_has_a_valid_schema():
    [pattern] = requests.pattern({"body": {"tags": []}}, 3)["bodyPatterns"]

    assert json.loads(pattern["matchesJsonSchema"])["properties"]["tags"] == {
        "type": "array",
        "minItems": 0,
        "maxItems": 0,
    }


def test_the_path_in_a_state_of_the_provider_fits_too():
    generators = {"path": {"type": "ProviderState", "expression": "/users/${id}/cart"}}
    asked = {"path": "/users/1/cart", "generators": generators}

    assert requests.pattern(asked, 3, {"id": 42})["urlPattern"] == "(?:/users/1/cart|/users/42/cart)"
    assert requests.pattern(asked, 3, {"other": 42})["url"] == "/users/1/cart"
