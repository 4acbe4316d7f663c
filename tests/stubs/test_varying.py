"""Values in a request that change every time."""

import re

import pytest

from localenv.stubs import journal, pasting, varying


@pytest.mark.parametrize(
    "text",
    [
        "42",
        "2026-01-02",
        "2026-01-02T03:04:05.1Z",
        "6f1d3c52-7e0b-5d94-8a53-2b9d0f6c1e84",
        "lamp-4711",
        "pi_3MtwweLkAb",
    ],
)
def test_a_part_of_a_path_that_is_an_id_or_a_date_varies(text):
    assert varying.is_varying(text)


@pytest.mark.parametrize("text", ["v1", "v2beta1", "oauth2", "charges", "", "payment-methods"])
def test_a_word_does_not(text):
    assert not varying.is_varying(text)


def test_a_mapping_to_paste_matches_the_next_such_request_too():
    asked = {
        "method": "POST",
        "url": "/v1/orders/42/a.b?since=2026-01-02&page=2&token=abc",
        "queryParams": {"since": {"values": ["2026-01-02"]}, "page": {"values": ["2"]}, "token": {"values": ["abc"]}},
        "body": '{"orderId": 7, "sku": "lamp", "amount": 4950, "at": "2026-01-02T03:04:05Z"}',
    }
    assert pasting.mapping(asked)["request"] == {
        "method": "POST",
        "urlPathPattern": r"/v1/orders/[^/]+/a\.b",
        "queryParameters": {"since": {"matches": ".+"}, "page": {"equalTo": "2"}, "token": {"matches": ".+"}},
        "bodyPatterns": [
            {"equalToJson": {"orderId": varying.ANY, "sku": "lamp", "amount": 4950, "at": varying.ANY}},
        ],
    }


def test_a_mapping_to_paste_answers_with_json_that_every_client_reads():
    answer = pasting.mapping({"method": "GET", "url": "/charges"})["response"]

    assert answer == {"status": 200, "headers": {"Content-Type": "application/json"}, "jsonBody": {}}


def test_the_nearest_stub_is_the_one_with_the_fewest_differences():
    def stub(name, **request):
        return {"name": name, "request": {"method": "POST", "urlPath": "/charges", **request}}

    wanted = {f"X-{number}": {"equalTo": "a"} for number in range(3)}
    stubs = [stub(f"far {number}", headers=wanted) for number in range(5)]
    stubs += [{"name": "other", "request": {"urlPath": "/health"}}, stub("near", headers={"X-0": {"equalTo": "a"}})]
    asked = {"method": "POST", "url": "/charges", "headers": {}, "loggedDate": 0}
    found = journal.explain("payments", [asked], stubs, {}, lambda pattern: False)
    assert (found.nearest, len(found.differences)) == ("near", 1)


def test_a_path_that_begins_with_two_slashes_is_no_host():
    assert pasting.mapping({"method": "POST", "url": "//charges?a=1"})["request"]["urlPath"] == "//charges"


def test_a_mapping_to_paste_matches_a_form_with_another_boundary_too():
    def sent(boundary):
        return f'--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx (1)\r\n--{boundary}--\r\n'

    headers = {"content-type": "multipart/form-data; boundary=FormBoundaryabc"}
    mapping = pasting.mapping({"method": "POST", "url": "/files", "headers": headers, "body": sent("FormBoundaryabc")})
    (pattern,) = mapping["request"]["bodyPatterns"]
    assert re.fullmatch(pattern["matches"], sent("FormBoundaryxyz"))
    assert not re.fullmatch(pattern["matches"], sent("FormBoundaryxyz").replace("x (1)", "y"))


def test_a_mapping_to_paste_for_a_body_that_is_nested_too_deeply_takes_it_as_text():
    asked = {"method": "POST", "url": "/files", "body": "[" * 3_000}
    (pattern,) = pasting.mapping(asked)["request"]["bodyPatterns"]
    assert "equalToJson" not in pattern
