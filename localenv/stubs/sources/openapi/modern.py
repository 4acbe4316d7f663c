"""Schemas of OpenAPI 3.0 as those of JSON Schema 2020-12."""

from typing import Any

FLAGS = ("exclusiveMinimum", "exclusiveMaximum", "nullable")  # keys of what is changed


def without_flags(schema: dict[str, Any]) -> None:
    """Make numbers of limits that are flags beside others, in place: documents of 3.1 have them by mistake."""
    if "exclusiveMinimum" not in schema and "exclusiveMaximum" not in schema:
        return
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(flag := schema.get(exclusive), bool):
            del schema[exclusive]
            if flag and limit in schema:
                schema[exclusive] = schema.pop(limit)


def modernise(schema: dict[str, Any]) -> None:
    """Make a schema of OpenAPI 3.0 one of JSON Schema 2020-12, in place."""
    without_flags(schema)
    if schema.get("nullable") is not True:
        return
    del schema["nullable"]
    if isinstance(kind := schema.get("type"), str):
        schema["type"] = [kind, "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    elif {"allOf", "oneOf", "anyOf"} & schema.keys():
        rest = dict(schema)
        schema.clear()
        schema["anyOf"] = [rest, {"type": "null"}]
