"""Requirements of every kind of stub source."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from localenv.stack import StubSource, Upstream
from localenv.stubs import layers, sources
from localenv.stubs.sources import SOURCES
from localenv.stubs.sources.kind import Takes

_PATHS = (Takes.FOLDER, Takes.FILE, Takes.PATH)


def _folder(place: Path) -> StubSource:
    """A WireMock root with a mapping, and one with a body file."""
    (place / "mappings").mkdir(parents=True)
    (place / "__files").mkdir()
    (place / "__files/b.txt").write_text("b")
    request = {"method": "GET", "urlPath": "/a"}
    (place / "mappings/a.json").write_text(json.dumps({"request": request, "response": {"body": "a"}}))
    (place / "mappings/b.json").write_text(json.dumps({"request": request, "response": {"bodyFileName": "b.txt"}}))
    return StubSource(kind="stubs", value=place)


def _pact(place: Path) -> StubSource:
    """A contract with an interaction in a state, and one without."""
    place.mkdir()
    request = {"method": "GET", "path": "/charges/1"}
    interactions = [
        {"description": "a charge", "providerState": "it exists", "request": request, "response": {"status": 200}},
        {"description": "no charge", "request": request, "response": {"status": 404, "body": {"error": "none"}}},
    ]
    contract = {"consumer": {"name": "web"}, "provider": {"name": "payments"}, "interactions": interactions}
    (place / "web-payments.json").write_text(json.dumps(contract))
    return StubSource(kind="pact", value=place)


def _pack(place: Path) -> StubSource:
    return StubSource(kind="pack", value="openai")


def _openapi(place: Path) -> StubSource:
    """A contract with an operation, and a schema in another file."""
    (place / "envs").mkdir(parents=True)
    (place / "money.yaml").write_text("type: integer\n")
    content = {"application/json": {"schema": {"$ref": "money.yaml"}}}
    operation = {"responses": {"200": {"description": "ok", "content": content}}}
    document = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"get": operation}}}
    (place / "contract.json").write_text(json.dumps(document))
    return StubSource(kind="openapi", value=place / "contract.json")


EXAMPLES: Mapping[str, Callable[[Path], StubSource]] = {  # a valid source of each kind
    "stubs": _folder,
    "pact": _pact,
    "openapi": _openapi,
    "pack": _pack,
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> StubSource:
    return EXAMPLES[request.param](tmp_path / "example")


def test_a_sound_source_has_no_problems_and_gives_mappings(source: StubSource) -> None:
    assert list(sources.check(source)) == []
    assert sources.mappings(source)


def test_names_are_unique_and_stay_the_same(source: StubSource) -> None:
    names = [one.name for one in sources.mappings(source)]

    assert len(set(names)) == len(names)
    assert names == [one.name for one in sources.mappings(source)]


def test_every_mapping_says_where_it_comes_from(source: StubSource) -> None:
    for one in sources.mappings(source):
        assert one.origin
        if isinstance(source.value, Path):
            at = one.at(())
            assert at is not None
            assert at.file == sources.written([source], one.origin)


def test_body_files_are_there_and_are_those_that_mappings_name(source: StubSource) -> None:
    bodies = sources.bodies(source)
    named = {one.mapping["response"].get("bodyFileName") for one in sources.mappings(source)} - {None}

    assert named <= bodies.keys()
    assert all(file.is_file() for file in bodies.values())


def test_what_changes_its_stubs_is_watched_and_changes_its_digest(source: StubSource) -> None:
    if SOURCES[source.kind].KEY.takes not in _PATHS:
        pytest.skip("it comes with localenv, and does not change")
    before = sources.digest([source])
    assert before == sources.digest([source])
    for path in sources.watched(source):
        file = next(one for one in [path, *path.rglob("*")] if one.is_file())
        file.write_text(file.read_text() + " ")
        assert sources.digest([source]) != before
        before = sources.digest([source])


def test_its_mappings_lie_in_its_own_layer_below_what_tests_lay_on_top(source: StubSource) -> None:
    layer = SOURCES[source.kind].LAYER
    ready = layers.mappings(Upstream(name="shop", server="s", sources=(source,)), ["shop"])

    assert {one["priority"] for one in ready} <= set(layer)
    assert max(layers.TEST) < min(layer)


def test_a_person_is_told_its_origin(source: StubSource, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert str(tmp_path) not in sources.origin(source)
    assert sources.origin(source)


def test_layers_of_different_kinds_do_not_overlap() -> None:
    taken = [priority for layer in {kind.LAYER for kind in SOURCES.values()} for priority in layer]
    assert len(taken) == len(set(taken))
