"""What changes in a contract is told in lines, whatever kind of change it is."""

from copy import deepcopy
from typing import Any

import pytest

from localenv.environment.contract_lock import changes
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
