"""The format as JSON Schema, for editors and for `localenv schema`."""

from collections.abc import Mapping
from typing import Any

from localenv.description import reference
from localenv.description.models import Document

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a description.

    It does not know what a file extends: so no key is required, and any key may be null, which removes an inherited
    one.
    """
    document: dict[str, Any] = _lenient(Document.model_json_schema())
    document.update({"$schema": _DIALECT, "title": "Description of an environment"})
    _explain(document, reference.keys())
    return document


def _explain(node: Any, keys: Mapping[str, Mapping[str, str]]) -> None:
    """Add the reference's text for each key, which editors show instead of the short description."""
    if isinstance(node, dict):
        described = keys.get(str(node.get("title")), {})
        for key, schema in node["properties"].items() if described and "properties" in node else ():
            if key in described:
                schema["markdownDescription"] = f"{described[key]}\n\nAll keys: `localenv help description`"
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        _explain(inner, keys)


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
