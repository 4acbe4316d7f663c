"""Examples that fit only where a document is taken leniently."""

from typing import Any

import pytest

from localenv.stubs.sources.openapi import responses
from localenv.stubs.sources.openapi.generated import generated
from localenv.stubs.sources.openapi.operations import Operation, operations
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.schemas import Direction, Schemas
from localenv.stubs.sources.openapi.served import asked
from tests.stubs.sources.openapi.conftest import Make, answering

REASON = {"type": "string", "nullable": True, "enum": ["spam", "fixed"]}
CAT = {
    "type": "object",
    "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}},
    "required": ["lives"],
}
DOG = {
    "type": "object",
    "properties": {"kind": {"type": "string"}, "tricks": {"type": "integer"}},
    "required": ["tricks"],
}
PET = {
    "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
    "discriminator": {"propertyName": "kind", "mapping": {"dog": "#/components/schemas/Dog"}},
}


def _answer(contract: Contract) -> tuple[Any, list[str]]:
    """The body, and the reasons of warnings."""
    (operation,) = operations(contract)
    assert isinstance(operation, Operation)
    said: list[str] = []
    schemas = Schemas(contract, asked([operation]))
    replies = responses.replies(schemas, operation.answers[0], "GET", lambda uri, reason, _: said.append(uri + reason))
    return replies[0].body, said


@pytest.mark.parametrize(
    ("schema", "example", "body"),
    [
        (
            {"type": "object", "properties": {"id": {"type": "integer"}, "why": REASON}},
            {"id": 7, "why": None},
            {"id": 7},
        ),
        (
            {"type": "array", "items": {"type": "object", "properties": {"why": REASON}, "required": ["why"]}},
            [{"why": "fixed"}, {"why": None, "id": 1}],
            [{"why": "fixed"}, {"why": "spam", "id": 1}],
        ),
        (
            {
                "type": "object",
                "properties": {"to": {"nullable": True, "anyOf": [{"type": "string"}]}},
                "required": ["to"],
            },
            {"to": None, "id": 1},
            {"to": "to", "id": 1},
        ),
        (PET, {"tricks": 3}, {"tricks": 3, "kind": "dog"}),
    ],
    ids=["optional", "required", "alternatives", "discriminator"],
)
def test_an_example_is_changed_only_where_it_does_not_fit_strictly(
    contract: Make, schema: Any, example: Any, body: Any
) -> None:
    read = contract(answering(schema, example=example), {"Cat": CAT, "Dog": DOG}, version="3.0.3")

    found, said = _answer(read)

    assert found == body
    assert len(said) == 1
    assert "does not fit its schema, taken strictly" in said[0]


def test_null_beside_an_enum_of_openapi_3_0_is_accepted_but_never_generated(contract: Make) -> None:
    why = {"type": "object", "properties": {"why": REASON}, "required": ["why"]}
    read = contract(answering(why), version="3.0.3")
    (operation,) = operations(read)
    assert isinstance(operation, Operation)
    (uri,) = operation.schemas

    assert Schemas(read, {Direction.RESPONSE: [uri]}).fits(uri, {"why": None}, Direction.RESPONSE)
    assert Schemas(read, {Direction.RESPONSE: [uri]}).fits(uri, {"why": None}, Direction.REQUEST)
    assert _answer(read) == ({"why": "spam"}, [])


def test_a_circle_that_only_null_ends_still_has_an_answer(contract: Make) -> None:
    """Strictly, no value fits."""
    node = {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Node"}]}
    read = contract(
        answering({"$ref": "#/components/schemas/Node"}),
        {"Node": {"type": "object", "properties": {"next": node}, "required": ["next"]}},
        version="3.0.3",
    )

    assert _answer(read)[0] == {"next": None}


@pytest.mark.parametrize("code", ["2000", "20", "2xxx", "ok"])
def test_a_response_that_has_no_code_is_named(contract: Make, code: str) -> None:
    read = contract({"/a": {"get": {"responses": {"200": {"description": "ok"}, code: {"description": "?"}}}}})

    (warning,) = generated(read, base=None, is_strict=False).warnings

    assert f"{code} is no response code; GET /a does not answer it" in warning.message
    assert f"#/paths/~1a/get/responses/{code}" in warning.message


@pytest.mark.parametrize(
    ("schema", "body"),
    [({"type": "object", "required": ["id"]}, {"id": 7}), ({"type": "string"}, '{"id": 7}'), ({}, '{"id": 7}')],
    ids=["object", "text", "any"],
)
def test_an_example_that_is_written_as_a_text_of_json_is_what_the_text_holds(
    contract: Make, schema: Any, body: Any
) -> None:
    assert _answer(contract(answering(schema, example='{"id": 7}'))) == (body, [])
