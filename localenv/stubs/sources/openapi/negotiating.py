"""The `Accept` header of a request: which of several content types it asks for."""

from collections.abc import Sequence

from localenv.stubs.sources.openapi.regexes import quoted
from localenv.stubs.sources.openapi.texts import RequestMatcher

_LESS = r"\s*q=0"  # a quality below 1
_NEVER = r"\s*q=0(?:\.0*)?\s*(?:[,;]|$)"


def asked(kind: str, others: Sequence[str]) -> RequestMatcher:
    """A matcher for an `Accept` header that prefers a content type to the others.

    Of equal quality the first one that it names is preferred; a wildcard never asks for this one.
    """
    mine = _either([kind, f"{kind.partition('/')[0]}/*"] if _is_alone(kind, others) else [kind])
    theirs = _either(others)
    first = rf"(?:(?!\s*{theirs}\s*[;,])[^,]*,)*\s*{mine}\s*(?:;(?!{_LESS})[^,]*)?(?:,|$)"
    only = rf"(?!(?:.*,)?\s*{theirs}\s*(?:[;,]|$))(?:.*,)?\s*{mine}\s*(?:;(?!{_NEVER})[^,]*)?(?:,|$)"
    better = rf"(?=(?:.*,)?\s*{theirs}\s*;{_LESS})(?:.*,)?\s*{mine}\s*(?:;(?!{_LESS})[^,]*)?(?:,|$)"
    return {"matches": f"(?is)(?=(?:{first}|{only}|{better})).*"}


def refused(kinds: Sequence[str]) -> RequestMatcher:
    """A matcher for an `Accept` header that names none of some content types."""
    ranges = [*kinds, *(f"{one.partition('/')[0]}/*" for one in kinds), "*/*"]
    return {"matches": rf"(?is)(?!(?:.*,)?\s*{_either(ranges)}\s*(?:;(?!{_NEVER})|,|$)).+"}


def _is_alone(kind: str, others: Sequence[str]) -> bool:
    """Whether no other content type begins like it."""
    return all(one.partition("/")[0].lower() != kind.partition("/")[0].lower() for one in others)


def _either(kinds: Sequence[str]) -> str:
    return f"(?:{'|'.join(dict.fromkeys(quoted(one.partition(';')[0].strip()) for one in kinds))})"
