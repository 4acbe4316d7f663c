"""What leads to a part that must not be used is known by its reference, however the parts refer to one another."""

from localenv.stubs.sources.openapi.marking import marked
from localenv.stubs.sources.openapi.pointers import BASE
from tests.stubs.sources.openapi.conftest import Make, answering

SCHEMAS = f"{BASE}0#/components/schemas/"


def test_a_schema_is_marked_by_what_it_leads_to_also_through_a_circle(contract: Make) -> None:
    made = contract(
        answering({"$ref": "#/components/schemas/first"}),
        {
            "first": {"properties": {"next": {"$ref": "#/components/schemas/second"}}},
            "second": {"items": {"$ref": "#/components/schemas/first"}, "not": {"$ref": "#/components/schemas/bad"}},
            "bad": {"type": "string"},
            "other": {"properties": {"next": {"$ref": "#/components/schemas/other"}}},
        },
    )
    bad = made.find(f"{SCHEMAS}bad")
    found = marked(made, {id(bad): "here"})

    assert {name: found.place({"$ref": f"{SCHEMAS}{name}"}) for name in ("first", "second", "bad")} == dict.fromkeys(
        ("first", "second", "bad"), "here"
    )
    assert not found.place({"$ref": f"{SCHEMAS}other"})
    media = "~1a/get/responses/200/content/application~1json/schema"
    assert found.place({"$ref": f"{BASE}0#/paths/{media}"}) == "here"  # no reference leads to this place
    assert not marked(made, {}).place(bad)
