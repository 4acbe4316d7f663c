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


NULLABLE = {
    "a type": {"type": "string", "nullable": True, "pattern": "^v$"},
    "types": {"type": ["string", "boolean"], "nullable": True, "enum": ["v", True]},
    "an enum": REASON | {"enum": ["v"]},
    "an enum alone": {"nullable": True, "enum": ["v"]},
    "a const alone": {"nullable": True, "const": "v"},
    "a reference": {"$ref": "#/components/schemas/V", "nullable": True},
    "a combination": {"allOf": [{"$ref": "#/components/schemas/V"}], "nullable": True},
    "a combination with a type": {"type": "string", "allOf": [{"$ref": "#/components/schemas/V"}], "nullable": True},
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("name", NULLABLE)
def test_null_beside_nullable_is_accepted_but_never_generated(contract: Make, name: str, version: str) -> None:
    why = {"type": "object", "properties": {"why": NULLABLE[name]}, "required": ["why"]}
    read = contract(answering(why), {"V": {"type": "string", "enum": ["v"]}}, version=version)
    (operation,) = operations(read)
    assert isinstance(operation, Operation)
    (uri,) = operation.schemas
    schemas = Schemas(read, {Direction.RESPONSE: [uri]})

    for direction in Direction:
        assert schemas.fits(uri, {"why": None}, direction)
        assert schemas.fits(uri, {"why": "v"}, direction)
        assert not schemas.fits(uri, {"why": 7}, direction)
    assert _answer(read) == ({"why": "v"}, [])


@pytest.mark.parametrize(
    ("property_", "version"),
    [
        ({"allOf": [{"$ref": "#/components/schemas/V"}], "nullable": True, "readOnly": True}, "3.0.3"),
        ({"allOf": [{"$ref": "#/components/schemas/V"}], "nullable": True, "readOnly": True}, "3.1.0"),
        ({"$ref": "#/components/schemas/V", "readOnly": True}, "3.1.0"),
    ],
    ids=["nullable of 3.0", "nullable of 3.1", "a reference of 3.1"],
)
def test_a_read_only_property_is_required_in_answers_alone(contract: Make, property_: Any, version: str) -> None:
    owner = {"type": "object", "properties": {"id": property_}, "required": ["id"]}
    read = contract(answering(owner), {"V": {"const": "v"}}, version=version)
    (operation,) = operations(read)
    assert isinstance(operation, Operation)
    (uri,) = operation.schemas
    schemas = Schemas(read)

    assert schemas.fits(uri, {}, Direction.REQUEST)
    assert not schemas.fits(uri, {}, Direction.RESPONSE)
    assert _answer(read) == ({"id": "v"}, [])


def test_a_circle_that_only_null_ends_still_has_an_answer(contract: Make) -> None:
    """Strictly, no value fits."""
    node = {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Node"}]}
    read = contract(
        answering({"$ref": "#/components/schemas/Node"}),
        {"Node": {"type": "object", "properties": {"next": node}, "required": ["next"]}},
        version="3.0.3",
    )

    assert _answer(read)[0] == {"next": None}


def test_nullable_in_openapi_3_1_is_named_once(contract: Make) -> None:
    schema = {"type": "array", "nullable": True, "items": {"type": "string", "nullable": True}}

    (warning,) = generated(contract(answering(schema)), base=None, is_strict=False).warnings

    assert "#/openapi: nullable is a keyword of OpenAPI 3.0 alone" in warning.message
    assert "type: [string, 'null']" in warning.hint
    assert not generated(contract(answering(schema), version="3.0.3"), base=None, is_strict=False).warnings


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
