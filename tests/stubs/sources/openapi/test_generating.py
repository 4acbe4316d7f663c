"""Generated bodies are valid, deterministic and end."""

import json
import subprocess
import sys
from threading import Event
from typing import Any

import jsonschema
import pytest
from openapi_schema_validator import OAS30Validator, OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from localenv.errors import Interrupted
from localenv.stubs.sources.ahead import Going
from localenv.stubs.sources.openapi import limiting
from localenv.stubs.sources.openapi.closing import closed
from localenv.stubs.sources.openapi.generated import generated
from localenv.stubs.sources.openapi.generating import generate, is_ambiguous
from localenv.stubs.sources.openapi.operations import Operation, operations
from localenv.stubs.sources.openapi.pointers import BASE
from localenv.stubs.sources.openapi.reading import read
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Schemas
from tests.stubs.sources.openapi.conftest import Make, answering, documents

FORMATS = ("date-time", "date", "time", "uuid", "email", "ipv4", "ipv6", "uri", "hostname", "duration", "byte")
NODE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}

VALID: dict[str, Any] = {
    "formats": {
        "type": "object",
        "properties": {
            name: {"type": "string", "format": name}
            for name in FORMATS
        },
    },
    "pattern": {"type": "string", "pattern": r"^[A-Z]{3}-\d{4,6}(-[a-f]+)?$"},
    "pattern and length": {"type": "string", "pattern": "^[a-z]+$", "minLength": 30, "maxLength": 40},
    "range": {"type": "integer", "minimum": 17, "exclusiveMaximum": 19, "multipleOf": 9},
    "small range": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.01},
    "steps": {"type": "number", "multipleOf": 0.05, "minimum": 0.07},
    "negative": {"type": "integer", "maximum": -5},
    "enum": {"enum": ["a", 1, None]},
    "const": {"const": {"a": [1]}},
    "unique": {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    "contains": {"type": "array", "items": {"type": ["integer", "string"]}, "contains": {"const": "x"}},
    "all of": {
        "allOf": [NODE, {"properties": {"id": {"minimum": 10}, "b": {"type": "string"}}, "required": ["b"]}]
    },
    "one of that overlap": {
        "oneOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"type": "object", "properties": {"b": {"const": 1}}, "required": ["b"], "additionalProperties": False},
        ]
    },
    "one of that are alike, in an optional part": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "who": {"oneOf": [{"type": "string"}, {"type": ["string", "null"]}]}},
    },
    "one of that differ in an optional part": {
        "oneOf": [
            {"type": "object", "properties": {"at": {"oneOf": [{}, {}]}, "kind": {"enum": [one]}}} for one in ("a", "b")
        ],
    },
    "any of beside properties": {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "not": {"required": ["kind"], "properties": {"kind": {"type": "string"}}, "not": {"required": ["x"]}},
    "not a value": {"type": "integer", "not": {"const": 1}},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3},
    "map of names": {"type": "object", "propertyNames": {"pattern": "^x-[a-z]+$"}, "minProperties": 1},
    "closed map": {"type": "object", "patternProperties": {"^s_": {"type": "string"}}, "additionalProperties": False,
                   "minProperties": 2},
    "closed map of names": {"type": "object", "patternProperties": {"^x-[a-z]{3}$": {"type": "number"}},
                            "additionalProperties": False, "propertyNames": {"pattern": "^x-"}, "minProperties": 2},
    "at most": {"type": "object", "properties": {one: {"type": "string"} for one in "abcde"}, "maxProperties": 2},
    "required but not listed": {"type": "object", "required": ["a"], "additionalProperties": {"type": "boolean"}},
    "dependent": {"type": "object", "properties": {"a": {"type": "string"}}, "dependentRequired": {"a": ["b"]}},
    "condition": {
        "type": "object",
        "properties": {"kind": {"const": "card"}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "card"}}},
        "then": {"required": ["number"], "properties": {"number": {"type": "string", "pattern": r"^\d{16}$"}}},
    },
    "types": {"type": ["null", "string"], "minLength": 2},
    "contains several": {"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 100}, "minContains": 2,
                         "prefixItems": [{"const": 1}], "minItems": 4},
    "long address": {"type": "string", "format": "email", "minLength": 40, "maxLength": 45},
    "short address": {"type": "string", "format": "email", "maxLength": 8},
    "password": {"type": "string", "pattern": r"^(?=.*[0-9])(?=.*[A-Z])(?=.*[!?])[A-Za-z0-9!?]{8,12}$"},
    "code": {"type": "string", "pattern": r"^(?=.*[0-9])[a-z0-9]{6}$"},
    "two patterns": {"allOf": [{"type": "string", "pattern": "^a[0-9]"}, {"pattern": "z$"}]},
    "anything": {},
    "true": True,
    "nested alternatives": {"anyOf": [{"oneOf": [{"type": "string", "minLength": 90}, {"type": "null"}]}]},
}  # fmt: skip


def made(contract: Any, direction: Direction = Direction.RESPONSE) -> Any:
    return generate(Schemas(contract), f"{BASE}0#/components/schemas/S", direction)


@pytest.mark.parametrize("name", VALID)
def test_a_generated_value_is_valid_by_two_validators_and_the_same_every_time(contract: Make, name: str) -> None:
    schema = VALID[name]
    value = made(contract(answering({}), {"S": schema}))

    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER).validate(
        value
    )
    assert value == made(contract(answering({}), {"S": schema}))


def test_it_is_the_same_in_another_process(contract: Make) -> None:
    file = contract(answering({}), {"S": VALID["formats"]}).files[0]
    code = (
        "import sys, json; from pathlib import Path;"
        "from localenv.stubs.sources.openapi import pointers, reading, generating, schemas;"
        "c = reading.read(Path(sys.argv[1]));"
        "uri = pointers.BASE + '0#/components/schemas/S';"
        "print(json.dumps(generating.generate(schemas.Schemas(c), uri, schemas.Direction.RESPONSE)))"
    )
    generated = {
        subprocess.run([sys.executable, "-c", code, file], capture_output=True, check=True).stdout for _ in range(2)
    }

    assert len(generated) == 1


def test_a_circle_is_cut_at_an_optional_edge(contract: Make) -> None:
    ref = {"$ref": "#/components/schemas/S"}
    node = {
        "type": "object",
        "required": ["id", "children"],
        "properties": {"id": {"type": "integer"}, "parent": ref, "children": {"type": "array", "items": ref}},
    }

    assert made(contract(answering({}), {"S": node})) == {"id": 1, "children": []}


def test_a_circle_is_cut_where_null_is_allowed(contract: Make) -> None:
    one = {"required": ["t"], "properties": {"t": {"anyOf": [{"$ref": "#/components/schemas/T"}, {"type": "null"}]}}}
    other = {"required": ["s"], "properties": {"s": {"$ref": "#/components/schemas/S"}}}
    own = {"type": ["object", "null"], "required": ["s"], "properties": {"s": {"$ref": "#/components/schemas/S"}}}

    assert made(contract(answering({}), {"S": one, "T": other})) == {"t": None}
    assert made(contract(answering({}), {"S": {"required": ["o"], "properties": {"o": own}}})) == {"o": None}


def test_a_part_that_ends_a_circle_is_whole_elsewhere(contract: Make) -> None:
    parent = {"properties": {"name": {"type": "string"}, "child": {"$ref": "#/components/schemas/Child"}}}
    child = {"properties": {"age": {"type": "integer"}, "parent": {"$ref": "#/components/schemas/Parent"}}}
    names = {"parent": "Parent", "child": "Child", "other": "S"}
    both = {"properties": {name: {"$ref": f"#/components/schemas/{one}"} for name, one in names.items()}}

    found = made(contract(answering({}), {"S": both, "Parent": parent, "Child": child}))

    assert found["parent"]["child"].keys() == {"age"}
    assert found["child"]["parent"].keys() == {"name"}
    assert "other" not in found


def test_letters_of_unicode_are_letters(contract: Make) -> None:
    schema = {"type": "string", "pattern": r"^\p{Lu}\p{Ll}{3} [\p{L}\p{N}]{2}$"}

    assert made(contract(answering({}), {"S": schema})) == "Aabc ab"


def test_a_parent_whose_children_extend_it_is_one_of_them(contract: Make) -> None:
    parent = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "discriminator": {"propertyName": "kind", "mapping": {"sum": "#/components/schemas/Sum"}},
    }
    ref = {"$ref": "#/components/schemas/S"}
    extending = {
        "Sum": {"allOf": [ref, {"required": ["left"], "properties": {"left": ref}}]},
        "Number": {"allOf": [ref, {"required": ["value"], "properties": {"value": {"const": 7}}}]},
    }
    found = contract(answering({}), {"S": parent, **extending})

    for direction in Direction:
        assert made(found, direction) == {"kind": "Number", "value": 7}


def test_an_answer_fits_one_alternative_although_all_its_properties_may_be_absent(contract: Make) -> None:
    """A request may fit several: a service that takes either would not refuse it."""
    plain = {"type": "object", "properties": {"message": {"type": "string"}}}
    more = {"type": "object", "properties": {"message": {"type": "string"}, "details": {"type": "object"}}}
    found = contract(answering({"oneOf": [plain, more]}))
    (uri,) = next(operations(found)).schemas  # type: ignore[union-attr]
    schemas = Schemas(found, {Direction.RESPONSE: [uri]})

    assert schemas.fits(uri, generate(schemas, uri, Direction.RESPONSE), Direction.RESPONSE)
    assert generated(found, base=None, is_strict=False).warnings == []
    assert is_ambiguous(schemas, uri, Direction.REQUEST)


def test_one_of_many_alternatives_is_told_apart_from_all_others_by_what_it_lacks(contract: Make) -> None:
    events = [{"properties": {"comment": {"type": "string"}, f"p{number}": {}}} for number in range(30)]
    events[20] = {"type": "object", "required": ["at"], "properties": {"at": {"type": "integer"}}}
    found = contract(answering({"$ref": "#/components/schemas/S"}), {"S": {"oneOf": events}})

    value = made(found)
    assert isinstance(value["at"], int)
    assert isinstance(value["comment"], int)
    assert generated(found, base=None, is_strict=False).warnings == []


def test_where_every_value_fits_several_alternatives_one_is_made_all_the_same(contract: Make) -> None:
    text = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    alike = {"allOf": [text, {"title": "the same"}]}
    spoken = {"type": "object", "required": ["spoken"], "properties": {"spoken": {"oneOf": [text, alike]}}}
    found = contract(answering({"$ref": "#/components/schemas/S"}), {"S": spoken})

    assert made(found)["spoken"].keys() == {"text"}
    whole = generated(found, base=None, is_strict=False)
    assert (whole.operations, whole.broken) == (1, [])
    assert ["several alternatives of a oneOf" in one.message for one in whole.warnings] == [True]


@pytest.mark.parametrize("direction", Direction)
def test_a_discriminator_tells_alternatives_apart_that_fit_alike(contract: Make, direction: Direction) -> None:
    """Neither `check` nor the judge of traffic says that such a value fits several."""
    base = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
    zones = {name: {"allOf": [base, {"properties": {"size": {"type": "integer"}}}]} for name in ("Near", "Far")}
    zone = {
        "oneOf": [{"$ref": f"#/components/schemas/{one}"} for one in zones],
        "discriminator": {"propertyName": "kind"},
    }
    found = contract(answering({"$ref": "#/components/schemas/S"}), {"S": zone, **zones})

    value = made(found, direction)
    assert value["kind"] == "Near"
    assert Schemas(found).fits(f"{BASE}0#/components/schemas/S", value, direction)
    assert not Schemas(found).fits(f"{BASE}0#/components/schemas/S", {"kind": "none"}, direction)
    assert not generated(found, base=None, is_strict=False).warnings


def test_an_answer_that_is_one_alternative_need_not_name_it(contract: Make) -> None:
    """As official examples, which leave a discriminator's property out where it is optional."""
    kinds = {one: {"type": "object", "required": [one], "properties": {"kind": {}, one: {}}} for one in ("a", "b")}
    both = {
        "oneOf": [{"$ref": f"#/components/schemas/{one}"} for one in kinds],
        "discriminator": {"propertyName": "kind"},
    }
    schemas = Schemas(contract(answering({}), {"S": both, **kinds}))

    for direction, is_right in ((Direction.RESPONSE, True), (Direction.REQUEST, False)):
        assert schemas.fits(f"{BASE}0#/components/schemas/S", {"b": 1}, direction) is is_right


def test_the_alternative_of_an_answer_repeats_what_the_request_has(contract: Make) -> None:
    """But not what tells the alternatives apart, nor what another alternative of the request has otherwise."""
    text, other = {"type": "string"}, {"near": {"type": "integer"}, "far": {"type": "string"}}
    zones = {
        one: {
            "type": "object",
            "properties": {"id": text, "kind": text, "name": text, "size": size},
            "required": ["id"],
        }
        for one, size in other.items()
    }
    zone = {
        "oneOf": [{"$ref": f"#/components/schemas/{one}"} for one in zones],
        "discriminator": {"propertyName": "kind"},
    }
    content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}
    put = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": text}],
        "requestBody": {"required": True, **content},
        "responses": {"200": {"description": "ok", **content}},
    }
    whole = generated(contract({"/zones/{id}": {"put": put}}, {"S": zone, **zones}), base=None, is_strict=False)

    body = next(one for one in whole.mappings if one["mapping"]["name"].endswith(" 200"))["mapping"]["response"]["body"]
    assert [part in body for part in ("request.path.[1]", "'$.name'", "'$.kind'", "'$.size'")] == [
        True,
        True,
        False,
        False,
    ]


def test_what_a_stateful_contract_does_not_keep_is_named(contract: Make) -> None:
    item = {"type": "object", "properties": {"id": {"type": "string"}}}
    one = answering(item)["/a"]["get"]
    paths = {
        "/items": {"get": one, "post": one},
        "/items/{id}": {"get": one, "put": one, "delete": one},
        "/items:clear": {"post": one},
        "/settings": {"get": one, "put": one},
        "/login": {"post": one},
    }
    found = contract(paths)

    whole = generated(found, base=None, is_strict=False, is_stateful=True)
    assert [one.message for one in whole.warnings] == [
        "#/paths: stateful: does not keep what these change: POST /items:clear, PUT /settings"
    ]
    assert not generated(found, base=None, is_strict=False).warnings


def test_a_circle_without_an_end_is_refused(contract: Make) -> None:
    node = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/S"}}}

    with pytest.raises(BrokenSchema, match="no value that fits"):
        made(contract(answering({}), {"S": node}))


def test_schemas_that_double_with_each_reference_are_refused(contract: Make) -> None:
    def level(number: int) -> dict[str, Any]:
        ref = {"$ref": f"#/components/schemas/{f'S{number + 1}' if number < 40 else 'End'}"}
        return {"type": "object", "required": ["a", "b"], "properties": {"a": ref, "b": ref}}

    schemas = {"S": level(0), **{f"S{number}": level(number) for number in range(1, 41)}, "End": {"type": "string"}}

    with pytest.raises(BrokenSchema, match="no value that fits"):
        made(contract(answering({}), schemas))


def test_a_number_that_does_not_exist_is_refused(contract: Make) -> None:
    with pytest.raises(BrokenSchema, match="no value can be generated"):
        made(contract(answering({}), {"S": {"type": "number", "multipleOf": 1e-300, "minimum": 1e300}}))


def test_a_parent_that_lists_its_children_ends(contract: Make) -> None:
    pet = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
        "oneOf": [{"$ref": "#/components/schemas/Cat"}],
    }
    cat = {
        "allOf": [{"$ref": "#/components/schemas/S"}, {"required": ["lives"], "properties": {"lives": {"const": 9}}}]
    }

    assert made(contract(answering({}), {"S": pet, "Cat": cat})) == {"kind": "cat", "lives": 9}


@pytest.mark.parametrize("direction", Direction)
def test_what_belongs_to_the_other_direction_is_left_out(contract: Make, direction: Direction) -> None:
    schema = {
        "type": "object",
        "required": ["id", "secret", "name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
            "name": {"type": "string"},
        },
    }
    value = made(contract(answering({}), {"S": schema}), direction)

    assert value.keys() == ({"name", "secret"} if direction is Direction.REQUEST else {"name", "id"})


def test_schemas_of_openapi_3_0_have_their_own_words(contract: Make) -> None:
    schema = {
        "type": "object",
        "required": ["a", "b", "c"],
        "properties": {
            "a": {"type": "string", "nullable": True, "enum": ["x"]},
            "b": {"type": "integer", "minimum": 3, "exclusiveMinimum": True},
            "c": {"allOf": [{"$ref": "#/components/schemas/T"}], "nullable": True},
        },
    }
    found = contract(answering({}), {"S": schema, "T": NODE}, version="3.0.3")

    assert made(found) == {"a": "x", "b": 4, "c": {"id": 1}}
    for value in ({"a": None, "b": 4, "c": None}, {"a": "x", "b": 4, "c": {"id": 2}}):
        assert Schemas(found).fits(f"{BASE}0#/components/schemas/S", value, Direction.RESPONSE)
    assert not Schemas(found).fits(f"{BASE}0#/components/schemas/S", {"a": "x", "b": 3, "c": None}, Direction.RESPONSE)


@pytest.mark.parametrize("file", documents() or [None], ids=lambda one: one.stem if one else "none")
def test_every_body_of_public_documents_is_valid_by_two_validators(file: Any) -> None:
    if file is None:
        pytest.skip("the public documents are not beside the checkout")
    found = read(file)
    schemas = Schemas(found)
    resources = [(f"{BASE}{n}", Resource(one, DRAFT202012)) for n, one in enumerate(found.documents)]
    registry: Any = Registry().with_resources(resources)
    validator = OAS31Validator if not found.is_3_0 else jsonschema.Draft202012Validator
    wrong = []
    for operation in operations(found):
        assert isinstance(operation, Operation), operation.reason
        bodies = [(Direction.REQUEST, one) for one in operation.body]
        bodies += [(Direction.RESPONSE, one) for answer in operation.answers for one in answer.content]
        for direction, media in bodies:
            if media.schema:
                value = generate(schemas, media.schema, direction)
                errors = validator({"$ref": media.schema}, registry=registry).iter_errors(value)
                wrong += [f"{media.schema}: {one.message}" for one in errors if not _is_of_the_other(one, direction)]

    assert not wrong
    assert OAS30Validator


def _is_of_the_other(error: Any, direction: Direction) -> bool:
    """A required property that the direction does not have, of which plain validators know nothing."""
    if error.validator != "required":
        return False
    properties = error.schema.get("properties", {})
    missing = [name for name in error.validator_value if name not in error.instance]
    return all(json.dumps(properties.get(name)).find(direction.foreign) >= 0 for name in missing)


def test_a_generated_list_is_its_only_page(contract: Make) -> None:
    """So that a client which reads page after page comes to an end, and not to another host."""
    url, flag = {"type": "string", "format": "uri"}, {"type": "boolean"}
    properties = {
        "data": {"type": "array", "items": {"type": "string"}},
        "next": {**url, "type": ["string", "null"]},
        "prev": url,
        "has_more": flag,
        "next_cursor": {"type": "string"},
        "meta": {"type": "object", "properties": {"next_page_url": url, "hasNext": flag, "note": {"type": "string"}}},
    }
    page = {"type": "object", "required": ["data", "next", "has_more", "next_cursor"], "properties": properties}
    one = {"type": "object", "properties": {"next": url}}
    always = {**page, "properties": {**properties, "next": {"const": "https://a.example"}}}

    def answered(schema: Any) -> Any:
        response = {"description": "x", "content": {"application/json": {"schema": schema}}}
        made = generated(contract({"/a": {"get": {"responses": {"200": response}}}}), base=None, is_strict=False)
        return json.loads(made.mappings[0]["mapping"]["response"]["body"])

    found = answered(page)
    assert {key: value for key, value in found.items() if key != "data"} == {
        "next": None,
        "has_more": False,
        "next_cursor": "",
        "meta": {"hasNext": False, "note": found["meta"]["note"]},
    }
    assert answered(one)["next"].startswith("https://")  # no list
    assert answered(always)["next"] == "https://a.example"
    own = {**page, "properties": {**properties, "href": {"const": "https://a.example/items"}}}
    assert answered(own)["href"] == "https://a.example/items"


def test_schemas_that_extend_the_same_one_may_contain_one_another(contract: Make) -> None:
    """As a service with a reference to its policy, both of which are resources."""
    named = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    base = {"$ref": "#/components/schemas/Base"}
    policy = {"$ref": "#/components/schemas/Policy"}
    schemas = {
        "Base": named,
        "Policy": {"allOf": [base, {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "p"}}}]},
        "S": {"allOf": [base, {"type": "object", "required": ["policy"], "properties": {"policy": policy}}]},
    }

    found = made(contract(answering({}), schemas))

    assert found["policy"] == {"id": found["policy"]["id"], "kind": "p"}


def test_what_a_part_elsewhere_requires_is_in_a_request_although_it_is_read_only(contract: Make) -> None:
    own = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, "note": {"type": "string"}}}
    schemas = {"B": own, "S": {"allOf": [{"$ref": "#/components/schemas/B"}], "anyOf": [{"required": ["id"]}]}}
    found = contract(answering({}), schemas)

    assert generate(Schemas(found), f"{BASE}0#/components/schemas/S", Direction.REQUEST).keys() == {"id"}


def test_a_request_lacks_what_is_read_only_in_another_part_than_the_one_that_requires_it(contract: Make) -> None:
    own = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, "note": {"type": "string"}}}
    schemas = {
        "Own": own,
        "Beside": {"allOf": [{"$ref": "#/components/schemas/Own"}, {"required": ["id", "note"]}]},
        "Around": {"allOf": [{"$ref": "#/components/schemas/Own"}], "required": ["id", "note"]},
    }
    found = contract(answering({}), schemas)
    known = Schemas(found)

    for name in ("Beside", "Around"):
        uri = f"{BASE}0#/components/schemas/{name}"
        assert known.fits(uri, {"note": "a"}, Direction.REQUEST)
        assert not known.fits(uri, {"id": "a"}, Direction.REQUEST)
        assert not known.fits(uri, {"note": "a"}, Direction.RESPONSE)
        assert generate(known, uri, Direction.REQUEST).keys() == {"note"}
        assert '"required": ["note"]' in json.dumps(closed(found, {"$ref": uri}))


def test_the_reason_is_that_of_the_alternative_which_the_discriminator_names(contract: Make) -> None:
    needs = {"Card": ["number", "cvc", "name"], "Bank": ["iban"]}
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in needs]
    schemas = {name: {"type": "object", "required": required} for name, required in needs.items()}
    known = Schemas(contract(answering({}), {**schemas, "S": {"oneOf": refs, "discriminator": {"propertyName": "is"}}}))

    found = known.violation(f"{BASE}0#/components/schemas/S", {"is": "Card"}, Direction.REQUEST)
    assert found is not None
    assert found.reason == 'fits no alternative; of the closest, "number" is a required property'


def test_an_alternative_whose_property_says_another_name_is_told_by_that(contract: Make) -> None:
    """As the roles of a chat, whose discriminator has no mapping."""

    def message(role: str) -> dict[str, Any]:
        properties = {"role": {"enum": [role]}, "content": {"type": "string"}}
        return {"type": "object", "required": ["role", "content"], "properties": properties}

    refs = [{"$ref": f"#/components/schemas/{name}"} for name in ("UserMessage", "SystemMessage")]
    schema = {"oneOf": refs, "discriminator": {"propertyName": "role"}}
    schemas = {"UserMessage": message("user"), "SystemMessage": message("system"), "S": schema}
    found = contract(answering({}), schemas)
    uri, known = f"{BASE}0#/components/schemas/S", Schemas(found)

    assert generate(known, uri, Direction.REQUEST)["role"] in ("user", "system")
    assert known.fits(uri, {"role": "system", "content": "a"}, Direction.REQUEST)
    assert not known.fits(uri, {"role": "other", "content": "a"}, Direction.REQUEST)
    assert not known.fits(uri, {"role": "user"}, Direction.REQUEST)


def test_an_alternative_of_alternatives_is_told_by_what_these_say(contract: Make) -> None:
    """As the input of a model: messages, whose type may be left out, calls of several kinds, and references."""

    def item(kind: Any, *required: str) -> dict[str, Any]:
        properties = {"type": kind, "id": {"type": "string"}, "role": {"type": "string"}}
        return {"type": "object", "required": [*required], "properties": properties}

    def union(*names: str) -> dict[str, Any]:
        refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
        return {"oneOf": refs, "discriminator": {"propertyName": "type"}}

    schemas = {
        "Message": item({"const": "message"}, "role"),
        "Call": item({"enum": ["call"]}, "type", "id"),
        "Output": item({"enum": ["output"]}, "type", "id"),
        "Reference": item({"anyOf": [{"enum": ["reference"]}, {"type": "null"}]}, "type", "id"),
        "Item": union("Call", "Output"),
        "S": union("Message", "Item", "Reference"),
    }
    uri, known = f"{BASE}0#/components/schemas/S", Schemas(contract(answering({}), schemas))

    assert known.fits(uri, {"role": "user"}, Direction.REQUEST)
    assert known.fits(uri, {"role": "user", "type": "message"}, Direction.REQUEST)
    for kind in ("call", "output", "reference"):
        assert known.fits(uri, {"type": kind, "id": "a"}, Direction.REQUEST)
        assert not known.fits(uri, {"type": kind}, Direction.REQUEST)
    assert not known.fits(uri, {"type": "Item", "id": "a"}, Direction.REQUEST)
    assert known.fits(uri, generate(known, uri, Direction.REQUEST), Direction.REQUEST)


def test_the_more_values_a_contract_has_the_smaller_they_become_and_none_fails(
    contract: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"s{number}" for number in range(12)]
    more = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    found = contract(answering({}), {name: {"type": "object", "properties": more} for name in names})
    monkeypatch.setattr(limiting, "_MOST_IN_ALL", 600)
    schemas = Schemas(found)
    sizes = [len(str(generate(schemas, f"{BASE}0#/components/schemas/{name}", Direction.RESPONSE))) for name in names]
    assert sizes[0] > sizes[-1] > 0


def test_a_contract_whose_values_become_too_many_says_so(contract: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    found = contract(answering({}), {"S": {"type": "string"}, "T": {"type": "string"}})
    monkeypatch.setattr(limiting, "_MOST_IN_ALL", 0)
    assert made(found)
    with pytest.raises(BrokenSchema, match="so large that no value is generated"):
        generate(Schemas(found), f"{BASE}0#/components/schemas/T", Direction.RESPONSE)


def test_a_start_that_has_ended_makes_no_more_mappings(contract: Make) -> None:
    going = Going(over=Event())
    going.over.set()
    with pytest.raises(Interrupted):
        generated(contract(answering({"type": "string"})), base=None, is_strict=False, going=going)
