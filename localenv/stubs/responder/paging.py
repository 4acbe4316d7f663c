"""One page of a list, as the parameters of a request ask for it."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs


def page(about: Mapping[str, Any], query: str, ids: Sequence[str]) -> slice:
    """The part of a list that a request asks for; `ids` are those of all items, in order."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    size = _number(asked.get(about.get("limit", "")), about.get("default", len(ids)))
    first = _number(asked.get(about.get("offset", "")), 0)
    if (number := asked.get(about.get("page", ""))) is not None:
        first = (_number(number, 1) - about["first"]) * size
    if (after := asked.get(about.get("after", ""))) in ids:
        first = ids.index(str(after)) + 1
    first = max(0, first)
    return slice(first, first + max(0, size))


def tell(about: Mapping[str, Any], body: dict[str, Any], shown: slice, ids: Sequence[str]) -> None:
    """Say in an answer whether there is more, and where it begins."""
    is_more = shown.stop < len(ids)
    body |= dict.fromkeys(about.get("more", ()), is_more)
    for name, last in about.get("next", {}).items():
        body.pop(name, None)
        if is_more and "after" in about:
            body[name] = ids[max(shown.start, shown.stop - 1)]
        elif last:
            body[name] = last[0]


def _number(text: str | None, otherwise: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return otherwise
