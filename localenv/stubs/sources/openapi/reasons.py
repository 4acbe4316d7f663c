"""Why a value does not fit its schema, in one line."""

import json
from typing import Any

import jsonschema_rs

from localenv.stubs.sources.openapi.discriminating import is_of_another
from localenv.stubs.sources.openapi.pointers import pointed


def reason(error: jsonschema_rs.ValidationError) -> str:
    """The reason in one line; of alternatives, the one that came closest."""
    context = getattr(error.kind, "context", None)
    if is_several(error):
        return "fits several alternatives of oneOf, which allows one"
    if context:
        nearest = min((branch for branch in context if branch), key=_distance, default=None)
        if nearest:
            inner = max(nearest, key=lambda one: len(one.instance_path))
            below = inner.instance_path[len(error.instance_path) :]
            place = f"{pointed(tuple(below))}: " if below else ""
            return short(f"fits no alternative; of the closest, {place}{reason(inner)}")
    return short(error.message)


def mistake(error: jsonschema_rs.ValidationError) -> str:
    """Why a schema is none."""
    return short(f"{json.dumps(error.instance)} is not a type" if error.message == "Unexpected type" else error.message)


def is_several(error: jsonschema_rs.ValidationError) -> bool:
    """Whether a value does not fit because it fits several alternatives of a `oneOf`."""
    return error.kind.name == "oneOf" and any(not branch for branch in getattr(error.kind, "context", ()))


def _distance(branch: list[Any]) -> tuple[bool, bool, int]:
    is_other = any(one.kind.name in ("type", "const", "enum") and not one.instance_path for one in branch)
    return is_other, any(map(is_of_another, branch)), len(branch)


def short(text: str) -> str:
    """A text in one line, without its middle if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:200]} … {line[-90:]}"
