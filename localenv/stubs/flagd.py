"""A set of flags in flagd's own format, with its shared evaluators put where flags refer to them."""

from collections.abc import Mapping
from typing import Any

from localenv.stubs import flags

_KEYS = ("state", "variants", "defaultVariant", "targeting", "metadata")  # flagd's core refuses any other
_REFERENCE = "$ref"


def checked(document: Any) -> dict[str, Any]:
    """The set with all that flagd's core needs; raises ValueError with what is wrong."""
    known = document.get("flags") if isinstance(document, Mapping) else None
    if not isinstance(known, Mapping):
        raise ValueError("is not a flag file in flagd's format: it has no flags")  # noqa: TRY004
    shared = document.get("$evaluators") or {}
    if not isinstance(shared, Mapping):
        raise ValueError("has $evaluators that are not a mapping")  # noqa: TRY004
    found: dict[str, Any] = {"flags": {name: _flag(name, one, shared) for name, one in known.items()}}
    if about := flags.metadata(document.get("metadata")):
        found["metadata"] = about
    return found


def _flag(name: str, written: Any, shared: Mapping[str, Any]) -> dict[str, Any]:
    variants = written.get("variants") if isinstance(written, Mapping) else None
    if not isinstance(variants, Mapping) or not variants or written.get("state") not in ("ENABLED", "DISABLED"):
        raise ValueError(f"has the flag '{name}', which needs variants, and a state: ENABLED or DISABLED")
    default = written.get("defaultVariant")
    default = str(default).lower() if isinstance(default, bool) else default
    if default and (not isinstance(default, str) or default not in variants):
        raise ValueError(f"has the flag '{name}' without the variant '{default}' (defaultVariant)")
    if (targeting := written.get("targeting")) is not None and not isinstance(targeting, Mapping):
        raise ValueError(f"has the flag '{name}' with targeting that is not an object")
    try:
        about = flags.metadata(written.get("metadata"))
        rules = _resolved(targeting, shared, ())
    except ValueError as error:
        raise ValueError(f"has the flag '{name}', which {error}") from error
    kept = {key: value for key, value in written.items() if key in _KEYS}
    return {**kept, "defaultVariant": default or None, "targeting": rules or None, "metadata": about}


def _resolved(logic: Any, shared: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    """Logic with each `{"$ref": name}` replaced by the evaluator of that name."""
    if isinstance(logic, list):
        return [_resolved(one, shared, within) for one in logic]
    if not isinstance(logic, Mapping):
        return logic
    if {*logic} != {_REFERENCE}:
        return {key: _resolved(one, shared, within) for key, one in logic.items()}
    name = str(logic[_REFERENCE])
    if name not in shared:
        raise ValueError(f"refers to the unknown evaluator '{name}'; available: {', '.join(shared) or 'none'}")
    if name in within:
        raise ValueError(f"refers to the evaluator '{name}', which refers to itself")
    return _resolved(shared[name], shared, (*within, name))
