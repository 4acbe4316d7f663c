"""Responses that many operations give alike: one mapping for all of them, because WireMock tries one by one."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from localenv.stubs.sources.openapi.matching import encoded
from localenv.stubs.sources.openapi.operations import Operation
from localenv.stubs.sources.openapi.regexes import quoted

Tree = dict[str, "Tree"]

_END = ""
_SEGMENT = "[^/]+"


@dataclass(frozen=True, kw_only=True)
class SharedAnswer:
    """A response, and the requests that get it but for their URL; of equal priority the lower `order` goes first."""

    priority: int
    order: int
    code: str
    words: str
    pattern: dict[str, Any] = field(repr=False)
    response: dict[str, Any] = field(repr=False)


class SharedAnswers:
    """Collects responses with the URLs of the operations that give them."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[SharedAnswer, list[tuple[Operation, dict[str, Any]]]]] = {}

    def add(self, one: SharedAnswer, operation: Operation, url: dict[str, Any]) -> None:
        """Add the response of an operation; `url` is the part of a request pattern that matches its URLs."""
        around = {name: value for name, value in one.response.items() if name != "body"}
        key = json.dumps([one.priority, one.words, one.pattern, around], sort_keys=True), one.response.get("body", "")
        self._found.setdefault(key, (one, []))[1].append((operation, url))

    def mappings(self) -> Iterator[dict[str, Any]]:
        """A mapping for each response; what was added last goes first."""
        last_first = reversed(self._found.items())
        for key, (one, added) in sorted(last_first, key=lambda pair: (pair[1][0].priority, pair[1][0].order)):
            given = added[::-1]
            operations = [operation for operation, _ in given]
            many = len(operations) > 1
            named = f"{operations[0].method} of {len(operations)} paths" if many else operations[0].name
            url = {"urlPathPattern": union(operation.path for operation in operations)} if many else given[0][1]
            yield {
                "name": sha256("\n".join(key).encode()).hexdigest()[:24] + f" {operations[0].name}",
                "about": {
                    "operation": operations[0].name,
                    "code": one.code,
                    **({"shared": str(len(operations))} if many else {}),
                },
                "mapping": {
                    "name": f"{named} {one.words}",
                    "priority": one.priority,
                    "request": {**one.pattern, **url},
                    "response": one.response,
                },
            }


def union(paths: Iterable[str]) -> str:
    """A regular expression for the URLs of several paths, which reads each common beginning once."""
    root: Tree = {}
    for path in paths:
        node = root
        for part in _shape(path):
            node = node.setdefault(part, {})
        node[_END] = {}
    return _expression(root)


@lru_cache(maxsize=4096)
def _shape(path: str) -> tuple[str, ...]:
    """The segments of a path, each with a NUL in place of a template."""
    return tuple(re.sub(r"\{[^}]*\}", "\0", encoded(path)).split("/")[1:])


def _expression(node: Tree) -> str:
    each = [
        "" if part == _END and not below else f"/{_segment(part)}{_expression(below)}" for part, below in node.items()
    ]
    return each[0] if len(each) == 1 else f"(?:{'|'.join(each)})"


@lru_cache(maxsize=4096)
def _segment(part: str) -> str:
    return _SEGMENT.join(map(quoted, part.split("\0")))
