"""What is no change of a contract, and what is one."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from localenv.stubs.sources.openapi.meaning import meaning, words
from localenv.stubs.sources.openapi.reading import read

AUTHOR = {
    "type": "object",
    "required": ["name", "born"],
    "properties": {"name": {"type": "string"}, "born": {"type": "string"}},
}
BOOK = {"$ref": "#/components/schemas/Book"}
TREE = {"type": "object", "properties": {"below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "books", "version": "1"},
    "paths": {
        "/books": {
            "parameters": [{"name": "lang", "in": "header", "schema": {"type": "string", "enum": ["de", "en"]}}],
            "get": {
                "security": [{"key": ["read", "list"]}, {}],
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "number", "minimum": 1.0}}],
                "responses": {
                    "200": {"description": "ok", "content": {"application/json": {"schema": BOOK}}},
                    "404": {"description": "none"},
                },
            },
        }
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "K"}},
        "schemas": {
            "Book": {
                "type": "object",
                "properties": {
                    "author": AUTHOR,
                    "tree": {"$ref": "#/components/schemas/Tree"},
                    "kind": {"oneOf": [{"const": "a"}, {"type": ["integer", "null"], "example": 1}]},
                },
            },
            "Tree": TREE,
        },
    },
}  # fmt: skip


def _schemas(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]
    return found


def _named(document: dict[str, Any]) -> None:
    _schemas(document)["Author"] = deepcopy(AUTHOR)
    _schemas(document)["Book"]["properties"]["author"] = {"$ref": "#/components/schemas/Author"}


def _renamed(document: dict[str, Any]) -> None:
    _schemas(document)["Tome"] = _schemas(document).pop("Book")
    answers = document["paths"]["/books"]["get"]["responses"]
    answers["200"]["content"]["application/json"]["schema"]["$ref"] = "#/components/schemas/Tome"


def _reordered(document: dict[str, Any]) -> None:
    _schemas(document)["Book"]["properties"]["author"]["required"] = ["born", "name"]
    _schemas(document)["Book"]["properties"]["kind"]["oneOf"].reverse()
    operation = document["paths"]["/books"]["get"]
    operation["security"] = [{}, {"key": ["list", "read"]}]
    operation["responses"] = dict(reversed(operation["responses"].items()))


def _inlined(document: dict[str, Any]) -> None:
    media = document["paths"]["/books"]["get"]["responses"]["200"]["content"]["application/json"]
    media["schema"] = deepcopy(_schemas(document)["Book"])


def _moved(document: dict[str, Any]) -> None:
    item = document["paths"]["/books"]
    item["get"]["parameters"] += item.pop("parameters")


def _equal(document: dict[str, Any]) -> None:
    kind = _schemas(document)["Book"]["properties"]["kind"]
    kind["oneOf"][0] = {"enum": ["a"]}
    document["paths"]["/books"]["get"]["deprecated"] = False
    document["paths"]["/books"]["get"]["parameters"][0] |= {"x-more": 1, "required": False}


REFACTORED: dict[str, Callable[[dict[str, Any]], None]] = {
    "a schema got a name": _named,
    "a schema was renamed": _renamed,
    "a schema stands where it is used": _inlined,
    "another order": _reordered,
    "parameters moved": _moved,
    "said in another way": _equal,
}


def _read(folder: Path, document: dict[str, Any], *, is_json: bool = False) -> tuple[str, str]:
    file = folder / ("contract.json" if is_json else "contract.yaml")
    file.write_text(json.dumps(document, sort_keys=True) if is_json else yaml.safe_dump(document, sort_keys=False))
    contract = read(file)
    return meaning(contract, None), words(contract)


@pytest.mark.parametrize("name", REFACTORED)
def test_what_is_written_in_another_way_means_the_same(tmp_path: Path, name: str) -> None:
    changed = deepcopy(DOCUMENT)
    REFACTORED[name](changed)

    assert changed != DOCUMENT
    assert _read(tmp_path, changed) == _read(tmp_path, DOCUMENT)


def test_json_means_what_yaml_does(tmp_path: Path) -> None:
    assert _read(tmp_path, DOCUMENT, is_json=True) == _read(tmp_path, DOCUMENT)


@pytest.mark.parametrize(
    ("path", "value", "is_meant"),
    [
        (("info", "title"), "tomes", False),
        (("paths", "/books", "get", "summary"), "all of them", False),
        (("components", "schemas", "Tree", "properties", "below", "description"), "those below", False),
        (("components", "schemas", "Tree", "properties", "below", "maxItems"), 5, True),
        (("paths", "/books", "get", "security", 0, "key"), ["read"], True),
        (("paths", "/books", "parameters", 0, "schema", "enum"), ["de"], True),
        (("components", "schemas", "Book", "required"), ["title"], True),
    ],
    ids=["title", "summary", "description", "limit in a circle", "scopes", "enum of a path's parameter", "required"],
)
def test_words_and_meaning_are_told_apart(tmp_path: Path, path: tuple[Any, ...], value: Any, is_meant: bool) -> None:
    changed = deepcopy(DOCUMENT)
    around: Any = changed
    for key in path[:-1]:
        around = around[key]
    around[path[-1]] = value
    before, after = _read(tmp_path, DOCUMENT), _read(tmp_path, changed)

    assert (before[0] != after[0], before[1] != after[1]) == (is_meant, not is_meant)
