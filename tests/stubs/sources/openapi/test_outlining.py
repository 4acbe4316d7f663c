"""What changes in a contract is told in lines, whatever kind of change it is."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from localenv.environment.contract_changes import changes
from localenv.stubs.sources.openapi.outlining import outline
from tests.stubs.sources.openapi.conftest import Make

ITEM = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "alt": {"oneOf": [{"type": "string"}, {"type": "integer"}]}},
}
RESPONSES = {"200": {"description": "ok", "headers": {"X-R": {"schema": {"type": "integer"}}}}}
PARAMETER = {"name": "q", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
DOCUMENT: dict[str, Any] = {
    "paths": {"/a": {"get": {"responses": RESPONSES, "parameters": [PARAMETER], "security": [{"key": []}]}}},
    "schemas": {"S": ITEM},
    "servers": [{"url": "https://a.example/v1"}],
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
}
GET = ("paths", "/a", "get")
CHANGES: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "header": ((*GET, "responses", "200", "headers"), {}, "removed GET /a 200 header X-R: integer"),
    "security": ((*GET, "security"), [{"key": []}, {}], "changed GET /a security: key → key or none"),
    "scheme": (
        ("components", "securitySchemes", "key", "name"),
        "X-Other",
        "changed security scheme key: apiKey header X-Key → apiKey header X-Other",
    ),
    "server": (("servers", 0, "url"), "https://a.example/v2", "changed base path: /v1 → /v2"),
    "style": (
        (*GET, "parameters", 0, "explode"),
        False,
        "changed GET /a query q: array of string → array of string explode false",
    ),
    "other fields": (("schemas", "S", "additionalProperties"), False, "changed schema S: object → object closed"),
    "direction": (
        ("schemas", "S", "properties", "id", "readOnly"),
        True,
        "changed schema S id: string → string readOnly",
    ),
    "default": (
        ("schemas", "S", "properties", "id", "default"),
        "a",
        'changed schema S id: string → string default "a"',
    ),
    "alternatives": (
        ("schemas", "S", "properties", "alt", "oneOf"),
        [{"type": "string"}],
        "changed schema S alt: oneOf string, integer → oneOf string",
    ),
    "condition": (
        ("schemas", "S", "dependentRequired"),
        {"id": ["alt"]},
        'changed schema S: object → object dependentRequired {"id": ["alt"]}',
    ),
    "a field that is required and not described": (
        ("schemas", "S", "required"),
        ["tax"],
        "changed schema S: object → object requires tax",
    ),
    "scopes": ((*GET, "security"), [{"key": ["read"]}], "changed GET /a security: key → key (read)"),
    "server of an operation": ((*GET, "servers"), [{"url": "/v9"}], "added GET /a base path: /v9"),
    "deprecation": ((*GET, "deprecated"), True, "changed GET /a: operation → operation deprecated"),
    "callback": ((*GET, "callbacks"), {"paid": {}}, "added GET /a callback paid"),
    "webhook": (("webhooks",), {"sold": {"post": {}}}, "added webhook sold POST"),
    "a keyword that is rare": (
        ("schemas", "S", "properties", "id", "contentEncoding"),
        "base64",
        'changed schema S id: string → string contentEncoding "base64"',
    ),
    "fields of a parameter": (
        (*GET, "parameters", 0, "schema"),
        {"type": "object", "properties": {"from": {"type": "string"}}},
        "added GET /a query q from: string",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_told(contract: Make, name: str) -> None:
    path, value, line = CHANGES[name]
    changed = deepcopy(DOCUMENT)
    around: Any = changed
    for key in path[:-1]:
        around = around[key]
    around[path[-1]] = value

    before, after = (outline(contract(**deepcopy(one)), None) for one in (DOCUMENT, changed))
    assert line in [str(one) for one in changes(before, after)]


def test_a_change_of_a_long_line_is_told_with_what_is_around_it() -> None:
    before = "schema S id: enum " + ", ".join(f"value number {number}" for number in range(99))
    [change] = changes([before], [before.replace("number 50,", "number fifty,")])

    assert "value number 50, value number 51" in str(change)
    assert "value number fifty, value number 51" in str(change)
    assert len(str(change)) < 250


def test_a_schema_that_got_a_name_is_compared_by_its_fields(contract: Make) -> None:
    author = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    fields = {"author": author, "more": {"type": "array", "items": deepcopy(author)}}
    inline = {"Book": {"type": "object", "properties": fields}}
    ref = {"$ref": "#/components/schemas/Author"}
    changed = {"type": "object", "properties": {"name": {"type": "string"}, "born": {"type": "string"}}}
    named = {
        "Author": changed,
        "Book": {"type": "object", "properties": {"author": ref, "more": {**fields["more"], "items": ref}}},
    }
    before, after = (outline(contract({"/a": {"get": {}}}, one), None) for one in (inline, named))

    assert [str(one) for one in changes(before, after)] == [
        "changed schema Book author.name: string required → string",
        "changed schema Book more[].name: string required → string",
        "added schema Book author.born: string",
        "added schema Book more[].born: string",
    ]


def test_a_schema_in_a_file_of_its_own_is_told_with_its_name(contract: Make, tmp_path: Path) -> None:
    content = {"application/json": {"schema": {"$ref": "parts/book.yaml"}}}
    paths = {"/a": {"get": {"responses": {"200": {"description": "ok", "content": content}}}}}
    (tmp_path / "parts").mkdir()
    found = []
    for kind in ("string", "integer"):
        (tmp_path / "parts/book.yaml").write_text(f"type: object\nproperties: {{id: {{type: {kind}}}}}\n")
        found.append(outline(contract(deepcopy(paths)), None))

    assert [str(one) for one in changes(*found)] == ["changed schema book.yaml id: string → integer"]


def test_a_parameter_whose_name_begins_like_another_is_told_apart() -> None:
    removed = changes(["GET /a query at: string", "GET /a query at[gt]: string"], [])

    assert [str(one) for one in removed] == ["removed GET /a query at: string", "removed GET /a query at[gt]: string"]
