"""Walk and rewrite a stack: every leaf value, its path, and its meaning."""

from dataclasses import replace
from pathlib import Path

from localenv.errors.problems import Position
from localenv.stack import Dependency, Mark, Native, Role, Service, Setup, Template, names, rewritten, walk
from localenv.stack.references import parse

API = Service(
    name="api",
    role=Role.SERVICE,
    environment={"URL": parse("${db.url}", Position(Path("a.yaml"), 3, 5)), "MODE": parse("fast")},
    depends_on=(Dependency(name="worker"),),
    files=("key",),
    native=Native(setup=(Setup(command=(parse("make"), parse("${jwt.path}"))),)),
    at=Position(Path("a.yaml"), 1, 1),
)


def test_every_whole_value_is_found_where_it_stands():
    found = {spot.path: spot for spot in walk(API)}

    assert str(found["environment", "URL"].value) == "${db.url}"
    assert found["environment", "URL"].variable == found["environment", "URL"].name == "URL"
    assert str(found["native", "setup", 0, "command", 1].value) == "${jwt.path}"
    assert found["native", "setup", 0, "command", 1].name == "command"
    assert found["depends_on", 0, "name"].mark is found["files", 0].mark is Mark.NAME
    assert found["depends_on", 0, "condition"].mark is None
    assert not [path for path in found if "at" in path]


def test_the_names_in_a_value_are_its_own_and_those_it_refers_to():
    assert list(names(API)) == ["api", "db", "worker", "key", "jwt"]


def test_a_value_is_rewritten_below_all_that_holds_it_and_keeps_its_positions():
    found = rewritten(API, lambda spot: parse("new") if spot.name == "MODE" else spot.value)

    assert found == replace(API, environment={**API.environment, "MODE": parse("new")})
    assert (found.at, found.environment["URL"].at) == (API.at, API.environment["URL"].at)
    assert rewritten(API, lambda spot: spot.value) is API


def test_what_is_no_value_of_a_stack_is_walked_by_its_members():
    class Described:
        def members(self):
            yield "command", (Template(("a",)),)

    assert [(spot.path, str(spot.value)) for spot in walk({"api": Described()})] == [(("api", "command", 0), "a")]
