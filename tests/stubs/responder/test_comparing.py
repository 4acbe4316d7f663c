"""The comparison of a stub's answer with the real one: status, type and shape, never values."""

import gzip
import json

import pytest

from localenv.stubs.responder.comparing import ComparedAnswer, decoded, differences


def seen(body: object, status: int = 200, stub: str = "a stub") -> ComparedAnswer:
    return ComparedAnswer(status=status, kind="application/json", body=json.dumps(body).encode(), stub=stub)


@pytest.mark.parametrize(
    ("real", "stub", "expected"),
    [
        ({"id": 1, "name": "a"}, {"id": 2, "name": "b"}, []),
        ({"id": 1}, {"id": "1"}, ["$.id is a number, in the stub a string"]),
        ({"id": 1, "new": {}}, {"id": 1}, ["$.new is missing in the stub"]),
        ({}, {"old": 1}, ["$.old is only in the stub"]),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": True}]}}, ["$.a.b[].c is a number, in the stub a boolean"]),
        ([{"a": 1}, {"b": 1}], [{"b": 2, "a": 2}], []),
        ([], [1], []),
        ({"at": None}, {"at": "now"}, []),
        ([1], {"a": 1}, ["$ is a list, in the stub an object"]),
        ({"n": 1.5}, {"n": 1}, []),
    ],
)
def test_shapes(real: object, stub: object, expected: list[str]) -> None:
    assert list(differences(seen(real), seen(stub))) == expected


def test_a_status_a_type_and_a_missing_stub() -> None:
    text = ComparedAnswer(status=200, kind="text/plain; charset=utf-8", body=b"hello", stub="a stub")

    assert list(differences(seen({}, 201), seen({}))) == ["status 201, the stub has 200"]
    assert list(differences(seen({}), text)) == ["type application/json, the stub has text/plain"]
    assert list(differences(text, ComparedAnswer(status=404))) == ["no stub answers it"]
    assert list(differences(ComparedAnswer(status=404), ComparedAnswer(status=404))) == []  # neither knows it
    assert list(differences(seen({}, 404), seen({}, 404))) == []
    assert list(differences(text, ComparedAnswer(status=200, kind="text/plain", body=b"other", stub="a stub"))) == []
    assert list(differences(ComparedAnswer(status=204), ComparedAnswer(status=204, stub="a stub"))) == []


def test_many_differences_are_counted() -> None:
    found = list(differences(seen({str(number): 1 for number in range(9)}), seen({})))

    assert (len(found), found[-1]) == (6, "and 4 more")


def test_a_compressed_body_is_read_and_an_unknown_one_is_not() -> None:
    assert decoded(gzip.compress(b"{}"), "gzip") == b"{}"
    assert (decoded(b"{}", ""), decoded(b"x", "br"), decoded(b"no gzip", "gzip")) == (b"{}", None, None)
