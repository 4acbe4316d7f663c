"""Find stubs whose requests no other upstream's stub can match, by method and path."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localenv.stack.workers import worker_of
from localenv.stubs import expressions, vocabulary
from localenv.stubs.urls import path_of

IGNORED = "unmatched"  # the source of the stub for ignored unmatched requests

_SPECIAL = re.compile(r"[\\.\[\](){}*+?|^$]")
_LITERAL = ("url", "urlPath")


@dataclass(frozen=True)
class Shape:
    """The requests that a stub can match, by method and path; `literal` is empty if it matches several paths."""

    upstream: str
    method: str
    literal: str
    prefix: str  # the common prefix of all paths
    expression: re.Pattern[str] | None  # None: unknown

    @property
    def first(self) -> str | None:
        """The first segment of every path; None if it varies."""
        begun, slash, _ = self.prefix.removeprefix("/").partition("/")
        return begun if slash or self.literal else None


def alone(stubs: Iterable[Mapping[str, Any]], among: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The ids of stubs that share no request with another upstream's stub in `among`, as far as known."""
    buckets: dict[str | None, dict[str, list[Shape]]] = {}  # by the first segment, and by upstream
    for shape in map(_shape, filter(_counts, among)):
        buckets.setdefault(shape.first, {}).setdefault(shape.upstream, []).append(shape)
    found = set()
    for stub in filter(_counts, stubs):
        one = _shape(stub)
        keys = buckets.keys() if one.first is None else {one.first, None}
        near = (shapes for key in keys for name, shapes in buckets.get(key, {}).items() if _is_beside(one, name))
        if not any(_overlap(one, other) for shapes in near for other in shapes):
            found.add(stub["id"])
    return frozenset(found)


def _is_beside(one: Shape, upstream: str) -> bool:
    """Whether it is another upstream of the same worker."""
    return upstream != one.upstream and worker_of(upstream) == worker_of(one.upstream)


def _counts(stub: Mapping[str, Any]) -> bool:
    """Whether a stub is considered: not one for ignored requests, nor one for URLs that others match too."""
    about = stub["metadata"]["localenv"]
    return about["source"] != IGNORED and "shared" not in about


def _overlap(one: Shape, other: Shape) -> bool:
    if "ANY" not in (one.method, other.method) and one.method != other.method:
        return False
    if one.literal and other.literal:
        return one.literal == other.literal
    if one.literal or other.literal:
        fixed, varying = (one, other) if one.literal else (other, one)
        return varying.expression is None or expressions.matches(varying.expression.pattern, fixed.literal)
    return one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)


def _shape(stub: Mapping[str, Any]) -> Shape:
    request = stub.get("request", {})
    key = next((key for key in vocabulary.URLS if key in request), "")
    written = str(request.get(key, ""))
    literal = path_of(written) or "/" if key in _LITERAL else ""
    prefix, expression = _varying(key, written)
    return Shape(
        upstream=stub["metadata"]["localenv"]["upstream"],
        method=str(request.get("method", "ANY")).upper(),
        literal=literal,
        prefix=literal or prefix,
        expression=expression,
    )


def _varying(key: str, written: str) -> tuple[str, re.Pattern[str] | None]:
    if key == "urlPathTemplate":
        return written.partition("{")[0], expressions.compiled(of_template(written))
    if key in ("urlPathPattern", "urlPattern"):
        pattern = written.partition("\\?")[0] if key == "urlPattern" else written
        return _prefix(written), expressions.compiled(pattern)
    return "", None


def _prefix(expression: str) -> str:
    """The literal prefix of everything that an expression matches."""
    if "|" in expression:
        return ""
    found = _SPECIAL.search(expression)
    begun = expression[: found.start()] if found else expression
    return begun[:-1] if found and found[0] in "*?{" else begun


def of_template(template: str) -> str:
    """Convert a path template to a regular expression."""
    return "".join(_parts(template))


def _parts(template: str) -> Iterator[str]:
    for part in re.split(r"(\{[^}]*\})", template):
        yield "[^/]+" if part[:1] == "{" else re.escape(part)
