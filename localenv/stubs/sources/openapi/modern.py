"""Schemas of OpenAPI 3.0 as those of JSON Schema 2020-12."""

from typing import Any

FLAGS = ("exclusiveMinimum", "exclusiveMaximum", "nullable")  # keys of what is changed
MARKS = ("readOnly", "writeOnly")  # of properties that only one direction has
_COMBINING = frozenset({"allOf", "oneOf", "anyOf", "const", "$ref"})  # what else may not accept null


def modernise(schema: dict[str, Any], *, is_3_0: bool) -> dict[str, Any]:
    """Make a schema one of JSON Schema 2020-12, in place.

    Returns the keywords that it has where `nullable` is taken strictly: it adds null to a `type` of OpenAPI 3.0 and to
    nothing else. Many documents mean that it always does, so null is accepted there.
    """
    _without_flags(schema)
    if schema.get("nullable") is not True:
        return {}
    del schema["nullable"]
    strict = dict(schema)
    kind = schema.get("type")
    if isinstance(kind, str | list) and kind and "null" not in (kinds := [kind] if isinstance(kind, str) else kind):
        schema["type"] = [*kinds, "null"]
        strict |= {"type": schema["type"]} if is_3_0 else {}
    if _COMBINING & schema.keys():
        marks = {key: schema[key] for key in MARKS if key in schema}
        schema.clear()
        schema.update(marks, anyOf=[strict, {"type": "null"}])
        return {"anyOf": [strict]}
    if isinstance(options := schema.get("enum"), list) and None not in options:
        schema["enum"] = [*options, None]
    return {key: value for key, value in strict.items() if value is not schema[key]}


def _without_flags(schema: dict[str, Any]) -> None:
    """Make numbers of limits that are flags beside others, in place: documents of 3.1 have them by mistake."""
    if "exclusiveMinimum" not in schema and "exclusiveMaximum" not in schema:
        return
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(flag := schema.get(exclusive), bool):
            del schema[exclusive]
            if flag and limit in schema:
                schema[exclusive] = schema.pop(limit)
