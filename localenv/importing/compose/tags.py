"""`!reset` and `!override`: what a Compose file does not take from the file that it is laid over."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from localenv.errors.problems import Position, Problem
from localenv.sources import Items, Node, Source, Table, text_at

REPLACES = "x-localenv-replaces"  # the key of a mapping that lists such keys of it
_TAG = re.compile(r"the tag (!reset|!override) is not allowed")

Tags = Mapping[Position, str]


def read(source: Source) -> Sequence[Problem]:
    """Mark the mappings that have such keys; returns the other mistakes of the file."""
    found = {one.at: _TAG.fullmatch(one.message) for one in source.problems if one.at}
    tags = {at: match[1] for at, match in found.items() if match}
    if tags:
        _mark(source.root, tags)
    return [one for one in source.problems if one.at not in tags]


def _mark(node: Node, tags: Tags) -> None:
    if isinstance(node, Items):
        for one in node:
            _mark(one, tags)
    if not isinstance(node, Table) or REPLACES in node:
        return
    for one in node.values():
        _mark(one, tags)
    named = {key: tags[one.at] for key, one in node.items() if one.at in tags}
    for key, tag in named.items():
        if tag == "!reset":
            del node[key]
    if named:
        keys = Items(node.at)
        keys.extend(text_at(key, node.at) for key in named)
        node.put(REPLACES, keys, node.at)


def without(value: Any) -> Any:
    """A value without these marks."""
    if isinstance(value, Mapping):
        return {key: without(one) for key, one in value.items() if key != REPLACES}
    return [without(one) for one in value] if isinstance(value, list) else value
