"""Schemas that are given to WireMock are bounded, each and in total."""

from contextlib import nullcontext

import pytest

from localenv.stubs.sources.openapi import closing
from localenv.stubs.sources.openapi.closing import TooLarge, closed
from localenv.stubs.sources.openapi.pointers import BASE
from tests.stubs.sources.openapi.conftest import Make, answering

SCHEMAS = {
    "small": {"type": "string"},
    "large": {"items": {"enum": [1, 2]}},
    "user": {"$ref": "#/components/schemas/large"},
}


def test_a_schema_that_is_too_large_is_refused_and_so_is_what_refers_to_it(
    contract: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = contract(answering({}), SCHEMAS)
    monkeypatch.setattr(closing, "_MOST", 1)
    for name in ("large", "user"):
        with pytest.raises(TooLarge):
            closed(made, {"$ref": f"{BASE}0#/components/schemas/{name}"})
    assert closed(made, {"$ref": f"{BASE}0#/components/schemas/small"}) == {"type": "string"}


def test_all_schemas_of_a_contract_together_are_bounded(contract: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = contract(answering({}), SCHEMAS)
    monkeypatch.setattr(closing, "_MOST_IN_ALL", 2)
    small = {"$ref": f"{BASE}0#/components/schemas/small"}
    assert closed(made, small) == closed(made, small)
    with pytest.raises(TooLarge):
        closed(made, small)


@pytest.mark.parametrize(("number", "is_refused"), [(10, False), (11, True)])
def test_schemas_that_refer_to_one_another_in_many_ways_are_refused(
    contract: Make, number: int, is_refused: bool
) -> None:
    names = [f"node{one}" for one in range(number)]
    links = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    leaf = {"leaf": {"$ref": "#/components/schemas/leaf"}}
    schemas = {name: {"properties": {**links, **leaf}} for name in names} | {"leaf": {"type": "string"}}
    made = contract(answering({}), schemas)
    with pytest.raises(TooLarge) if is_refused else nullcontext():
        closed(made, {"properties": {"first": {"$ref": f"{BASE}0#/components/schemas/node0"}}})
