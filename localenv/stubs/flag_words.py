"""The rules of a flag in words, for a list: `email=*@acme.example, age >=18 → new`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from localenv.redaction import HIDDEN, is_secret

_OPERATORS = ("<", ">", "=", "!", "^", "~")


def rules(written: Sequence[Mapping[str, Any]]) -> list[str]:
    """One text for each rule that `flags.targeting` accepts, in their order."""
    return [" → ".join(filter(None, (_condition(one["if"]) if "if" in one else "", _result(one)))) for one in written]


def _result(rule: Mapping[str, Any]) -> str:
    if "split" not in rule:
        return _value(rule["then"])
    weights = ", ".join(f"{_value(name)} {weight}" for name, weight in rule["split"].items())
    return f"split by {rule.get('by', 'targetingKey')}: {weights}"


def _condition(written: Any) -> str:
    if isinstance(written, list):
        return ", ".join(map(_condition, written))
    return ", ".join(_compared(name, wanted) for name, wanted in written.items())


def _compared(name: str, wanted: Any) -> str:
    match name:
        case "any" | "all":
            joined = (" or " if name == "any" else ", ").join(map(_condition, wanted))
            return f"({joined})" if len(wanted) > 1 else joined
        case "not":
            inner = _condition(wanted)
            return f"not {inner}" if _is_in_parentheses(wanted) else f"not ({inner})"
    if wanted is None:
        return f"no {name}"
    if is_secret(name) and isinstance(wanted, str | list):
        return f"{name}={HIDDEN}"
    if isinstance(wanted, str) and wanted.startswith(_OPERATORS):
        return f"{name} {wanted}"
    return f"{name}={'|'.join(map(_value, wanted)) if isinstance(wanted, list) else _value(wanted)}"


def _is_in_parentheses(written: Any) -> bool:
    """Whether a condition consists of one `any` or `all` of several."""
    members = list(written.items()) if isinstance(written, Mapping) else []
    return len(members) == 1 and members[0][0] in ("any", "all") and len(members[0][1]) > 1


def _value(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
