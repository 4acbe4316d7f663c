"""Whether a field of an item lies within a bound that a request asks for: a number, or a date."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from operator import ge, gt, le, lt
from typing import Any

_Comparison = Callable[[Any, Any], bool]
_COMPARISONS: Mapping[str, _Comparison] = {"ge": ge, "gt": gt, "le": le, "lt": lt}


def within(value: Any, comparison: str, bound: str) -> bool:
    """Whether a value compares so with a bound: `ge`, `gt`, `le` or `lt`; what is not comparable does not.

    A day as the largest value that is allowed includes its hours.
    """
    compare = _COMPARISONS[comparison]
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(ValueError):
            return compare(value, float(bound))
        return False
    found, wanted = _moment(value), _moment(bound)
    if found is None or wanted is None:
        return False
    if comparison == "le" and len(bound) == len("2026-01-31"):
        return found.date() <= wanted.date()
    return compare(found, wanted)


def _moment(text: Any) -> datetime | None:
    """A date, or a date and time, where one without an offset is in UTC; None for another value."""
    if not isinstance(text, str):
        return None
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    with suppress(ValueError):
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
