"""The format as JSON Schema, for editors and for `localenv schema`."""

from typing import Any

from localenv.description.models import Document

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a description.

    It cannot know what a file extends: so nothing is required, and any key may be null, which removes there.
    """
    document: dict[str, Any] = _lenient(Document.model_json_schema())
    document.update({"$schema": _DIALECT, "title": "Description of an environment of localenv"})
    return document


def _lenient(node: Any) -> Any:
    if isinstance(node, list):
        return [_lenient(item) for item in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _lenient(value) for key, value in node.items() if key not in ("required", "default")}
    if isinstance(node.get("properties"), dict):
        changed["properties"] = {key: _nullable(_lenient(value)) for key, value in node["properties"].items()}
    if isinstance(node.get("additionalProperties"), dict):
        changed["additionalProperties"] = _nullable(_lenient(node["additionalProperties"]))
    return changed


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    choices = schema.get("anyOf", [])
    if not schema or {"type": "null"} in choices:
        return schema
    about: dict[str, Any] = {key: schema[key] for key in ("title", "description") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in about}
    return {**about, "anyOf": [*(inner.pop("anyOf", None) or [inner]), {"type": "null"}]}
