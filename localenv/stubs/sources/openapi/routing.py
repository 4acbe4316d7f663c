"""Find the operation of a request: a tree of the segments of paths, literal ones before templates."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from localenv.stubs.sources.openapi import matching
from localenv.stubs.sources.openapi.operations import Operation
from localenv.stubs.urls import path_of, query_of

_SEGMENT = r"\{[^}]*\}"


@dataclass
class _Node:
    literal: dict[str, "_Node"] = field(default_factory=dict)
    template: "_Node | None" = None
    operations: list[tuple[Operation, re.Pattern[str] | None]] = field(default_factory=list)


class Routes:
    """The operations of a contract by method and path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for one in sorted(operations, key=_rank):
            self._add(one)

    def find(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> Sequence[Operation]:
        """The operations that a request may be for, those with the most precise path; `headers` by lower-case name.

        There are several only where the fragment of a path is a label, which come first, and where paths differ in the
        names of their parameters.
        """
        found: list[Operation] = []
        parts = [unquote(part) for part in path_of(url).split("/")]
        query = parse_qs(query_of(url), keep_blank_values=True)
        for operation, expression in _leaves(self._root, parts, 0):
            if operation.method != method.upper() or (expression and not expression.fullmatch("/".join(parts))):
                continue
            if found and not found[-1].is_labelled and _shape(found[-1]) != _shape(operation):
                break
            if _is_asked(operation, query, headers or {}):
                found.append(operation)
        return found

    def _add(self, operation: Operation) -> None:
        node = self._root
        parts = operation.path.split("/")
        for part in parts:
            if "{" in part:
                node.template = node.template or _Node()
                node = node.template
            else:
                node = node.literal.setdefault(unquote(part), _Node())
        is_partial = any("{" in part and not re.fullmatch(_SEGMENT, part) for part in parts)
        node.operations.append((operation, re.compile(_expression(operation.path)) if is_partial else None))


def _rank(operation: Operation) -> int:
    """What a path's key asks for goes first, then labels."""
    return 1 if operation.is_labelled else 0 if operation.query or operation.fragment else 2


def _shape(operation: Operation) -> tuple[str, str, str]:
    """What the path's key says, but for the names of parameters."""
    return re.sub(_SEGMENT, "{}", operation.path), operation.query, operation.fragment


def _leaves(node: _Node, parts: list[str], at: int) -> Iterator[tuple[Operation, re.Pattern[str] | None]]:
    if at == len(parts):
        yield from node.operations
        return
    if (below := node.literal.get(parts[at])) is not None:
        yield from _leaves(below, parts, at + 1)
    if node.template is not None and parts[at]:
        yield from _leaves(node.template, parts, at + 1)


def _expression(path: str) -> str:
    parts = re.split(f"({_SEGMENT})", path)
    return "".join("[^/]+" if part[:1] == "{" else re.escape(unquote(part)) for part in parts)


def _is_asked(operation: Operation, query: Mapping[str, list[str]], headers: Mapping[str, str]) -> bool:
    """Whether query and headers are those that the path's key asks for."""
    if not (operation.query or operation.fragment):
        return True
    address = matching.address(operation)
    for name, matcher in address.get("queryParameters", {}).items():
        if name not in query or matcher.get("equalTo", query[name][0]) not in query[name]:
            return False
    sent = {name.lower(): value for name, value in address.get("headers", {}).items()}
    return all(name in headers and one.get("equalTo", headers[name]) == headers[name] for name, one in sent.items())
