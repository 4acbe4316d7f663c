"""A set of flags in flagd's own format, with its shared evaluators put where flags refer to them."""

from collections.abc import Mapping
from typing import Any

from localenv.stubs import flags

_KEYS = ("state", "variants", "defaultVariant", "targeting", "metadata")  # flagd's core refuses any other
_REFERENCE = "$ref"
_DEEPEST = 100  # levels, also once references are replaced
_TOO_DEEP = f"is nested too deeply: more than {_DEEPEST} levels"
_MOST = 100_000  # values in all targeting, once references are replaced


def checked(document: Any) -> dict[str, Any]:
    """The set with all that flagd's core needs; raises ValueError with what is wrong."""
    _check_depth(document)
    known = document.get("flags") if isinstance(document, Mapping) else None
    if not isinstance(known, Mapping):
        raise ValueError("is not a flag file in flagd's format: it has no flags")  # noqa: TRY004
    shared = document.get("$evaluators") or {}
    if not isinstance(shared, Mapping):
        raise ValueError("has $evaluators that are not a mapping")  # noqa: TRY004
    evaluators = _Evaluators(shared)
    found: dict[str, Any] = {"flags": {name: _flag(name, one, evaluators) for name, one in known.items()}}
    if about := flags.metadata(document.get("metadata")):
        found["metadata"] = about
    return found


class _Evaluators:
    """The shared evaluators; what they make of a set of flags is bounded: one may refer to another many times."""

    def __init__(self, shared: Mapping[str, Any]) -> None:
        self._shared = shared
        self._left = _MOST

    def resolved(self, logic: Any, within: tuple[str, ...] = (), depth: int = 0) -> Any:
        """Logic with each `{"$ref": name}` replaced by the evaluator of that name."""
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"refers to evaluators that make more than {_MOST:,} values")
        if depth > _DEEPEST:
            raise ValueError(_TOO_DEEP)
        if isinstance(logic, list):
            return [self.resolved(one, within, depth + 1) for one in logic]
        if not isinstance(logic, Mapping):
            return logic
        if {*logic} != {_REFERENCE}:
            return {key: self.resolved(one, within, depth + 1) for key, one in logic.items()}
        name = str(logic[_REFERENCE])
        if name not in self._shared:
            known = ", ".join(self._shared) or "none"
            raise ValueError(f"refers to the unknown evaluator '{name}'; available: {known}")
        if name in within:
            raise ValueError(f"refers to the evaluator '{name}', which refers to itself")
        return self.resolved(self._shared[name], (*within, name), depth)


def _flag(name: str, written: Any, shared: _Evaluators) -> dict[str, Any]:
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
        rules = shared.resolved(targeting)
    except ValueError as error:
        raise ValueError(f"has the flag '{name}', which {error}") from error
    kept = {key: value for key, value in written.items() if key in _KEYS}
    return {**kept, "defaultVariant": default or None, "targeting": rules or None, "metadata": about}


def _check_depth(document: Any) -> None:
    """Raise ValueError for a document with too many levels, before anything follows them."""
    level, depth = [document], 0
    while level:
        if depth > _DEEPEST:
            raise ValueError(_TOO_DEEP)
        below = (one.values() if isinstance(one, Mapping) else one for one in level if isinstance(one, Mapping | list))
        level, depth = [inner for each in below for inner in each], depth + 1
