"""Schemas that would take without end are known before anything is validated or compiled."""

from typing import Any

import pytest

from localenv.stubs.sources.openapi import schemas as schemas_
from localenv.stubs.sources.openapi import weighing
from localenv.stubs.sources.openapi.generating import generate
from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.pointers import BASE
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Misfit, Schemas
from localenv.stubs.sources.openapi.weighing import is_too_heavy
from tests.stubs.sources.openapi.conftest import Make, answering

NAMES = [f"d{number}" for number in range(20)]
EACH = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in NAMES]}
SAME = {name: {"type": "object", "properties": {"t": {"type": "string"}, "n": EACH}} for name in NAMES}


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"t": "a"}
    for _ in range(levels):
        value = {"t": "a", "n": value}
    return value


def test_alternatives_that_fit_at_every_level_are_too_heavy_for_a_deep_value_only(contract: Make) -> None:
    made = contract({"/a": answering(EACH)["/a"]}, SAME)
    schema = made.root["components"]["schemas"]["d0"]
    assert not is_too_heavy(made, schema, nested(2))
    assert is_too_heavy(made, schema, nested(12))


def test_a_value_that_is_too_heavy_is_generated_without_its_optional_parts(
    contract: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the nodes of a drawing, of which each may have others of every kind."""
    kinds = {
        name: {"type": "object", "required": ["kind"], "properties": {"kind": {"const": name}, "n": EACH}}
        for name in NAMES
    }
    made = contract({"/a": answering(EACH)["/a"]}, kinds)
    monkeypatch.setattr(weighing, "_MOST_CHECKS", 40)
    assert generate(Schemas(made), f"{BASE}0#/components/schemas/d0", Direction.RESPONSE) == {"kind": "d0"}


def test_what_is_compiled_to_prove_values_is_bounded_in_total(contract: Make, monkeypatch: Any) -> None:
    made = contract({"/a": answering(EACH)["/a"]}, SAME)
    schema = made.root["components"]["schemas"]["d0"]
    monkeypatch.setattr(schemas_, "_MOST_COMPILED", 5)
    assert not Schemas(made).is_affordable(schema)
    monkeypatch.setattr(schemas_, "_MOST_COMPILED", 100_000)
    assert Schemas(made).is_affordable(schema)


MANY = {f"s{number}": {"type": "object", "properties": {"n": {"type": "integer"}}} for number in range(3)}
URIS = [f"{BASE}0#/components/schemas/{name}" for name in MANY]
ASKED = dict.fromkeys(Direction, URIS)


def test_schemas_that_are_compiled_together_say_the_same_as_each_alone(contract: Make) -> None:
    made = contract({"/a": answering({})["/a"]}, MANY)
    for one in (Schemas(made), Schemas(made, ASKED)):
        found = one.violation(URIS[1], {"n": "x"}, Direction.RESPONSE)
        assert found == Misfit(place=("n",), reason='"x" is not of type "integer"')
        assert one.fits(URIS[1], {"n": 1}, Direction.REQUEST)


def test_a_broken_schema_among_them_spoils_no_other(contract: Make) -> None:
    made = contract({"/a": answering({})["/a"]}, MANY | {"s2": {"type": "nothing"}})
    one = Schemas(made, ASKED)
    assert not one.fits(URIS[0], [], Direction.RESPONSE)
    with pytest.raises(BrokenSchema, match='"nothing" is not a type'):
        one.fits(URIS[2], {}, Direction.RESPONSE)


def test_what_cannot_be_compiled_together_is_bounded_in_total(contract: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = contract({"/a": answering({})["/a"]}, MANY)
    monkeypatch.setattr(schemas_, "_MOST_ALONE", 5)
    one = Schemas(made)
    assert one.fits(URIS[0], {}, Direction.RESPONSE)
    with pytest.raises(BrokenSchema, match="so large that it is not used"):
        one.fits(URIS[1], {}, Direction.RESPONSE)


def test_a_schema_of_thousands_of_parts_is_merged_once_and_weighed_only_as_far_as_needed(contract: Make) -> None:
    parts = [{"properties": {f"p{n}": {"type": "string"}}, "required": [f"p{n}", "p0"]} for n in range(3)]
    made = contract({"/a": answering({})["/a"]}, {"whole": {"allOf": parts}})
    found = flat(made, {"$ref": f"{BASE}0#/components/schemas/whole"})
    assert (found["required"], [*found["properties"]]) == (["p0", "p1", "p2"], ["p0", "p1", "p2"])
    assert parts[0]["properties"].keys() == {"p0"}
