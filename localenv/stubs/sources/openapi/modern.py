"""Schemas of OpenAPI 3.0 as those of JSON Schema 2020-12."""

from typing import Any

FLAGS = ("exclusiveMinimum", "exclusiveMaximum", "nullable")  # keys of what is changed


def modernise(schema: dict[str, Any], *, is_3_0: bool) -> dict[str, Any]:
    """Make a schema one of JSON Schema 2020-12, in place.

    Returns the keywords that it has where `nullable` is taken strictly: it does not add null to an `enum`, nor to
    schemas that are combined without a type. Many documents mean that it does, so null is accepted there.
    """
    _without_flags(schema)
    if not is_3_0 or schema.get("nullable") is not True:
        return {}
    del schema["nullable"]
    if isinstance(kind := schema.get("type"), str):
        schema["type"] = [kind, "null"]
        if isinstance(options := schema.get("enum"), list) and None not in options:
            schema["enum"] = [*options, None]
            return {"enum": options}
    elif {"allOf", "oneOf", "anyOf"} & schema.keys():
        rest = dict(schema)
        schema.clear()
        schema["anyOf"] = [rest, {"type": "null"}]
        return {"anyOf": [rest]}
    return {}


def _without_flags(schema: dict[str, Any]) -> None:
    """Make numbers of limits that are flags beside others, in place: documents of 3.1 have them by mistake."""
    if "exclusiveMinimum" not in schema and "exclusiveMaximum" not in schema:
        return
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(flag := schema.get(exclusive), bool):
            del schema[exclusive]
            if flag and limit in schema:
                schema[exclusive] = schema.pop(limit)
