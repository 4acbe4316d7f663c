"""Build nodes from YAML events, without recursion and with limits on everything."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import yaml

from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem, Problems
from localenv.sources.nodes import Items, Node, Null, Table, Text, text_at

DEEPEST = 64  # levels of nesting
MOST = 100_000  # values; an alias counts as its content

_CORE = "tag:yaml.org,2002:"
_NULL = re.compile(r"|~|null|Null|NULL")


def refuse(message: str, at: Position, hint: str = "") -> NoReturn:
    """Raise DescriptionError for one mistake."""
    raise DescriptionError([Problem(message, at, hint)])


@dataclass
class _Frame:
    """An open collection; `count` and `height` describe its content so far."""

    node: Table | Items
    anchor: str | None
    count: int = 1
    height: int = 0
    key: Text | None = None
    merged: list[Table] = field(default_factory=list)


@dataclass(frozen=True)
class _Anchored:
    node: Node
    count: int
    height: int


class Builder:
    """Builds nodes from events, one after the other, without recursion."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems = Problems()
        self.stack: list[_Frame] = []
        self.anchors: dict[str, _Anchored | None] = {}  # None: still open
        self.root: Node | None = None
        self.documents = 0

    def mapping(self) -> Table:
        """The result, if it is a mapping."""
        if self.root is None or isinstance(self.root, Null):
            refuse("the file is empty", Position(self.file), "write services:, needs:, …")
        if not isinstance(self.root, Table):
            refuse("the file is not a mapping", self.root.at, "write keys such as services:")
        return self.root

    def take(self, event: yaml.Event) -> None:
        """Add an event; raises DescriptionError for a mistake that ends reading."""
        match event:
            case yaml.ScalarEvent():
                self._close(self._scalar(event), event.anchor, 1, 0)
            case yaml.MappingStartEvent():
                self._open(Table(self._tagged(event)), event)
            case yaml.SequenceStartEvent():
                self._open(Items(self._tagged(event)), event)
            case yaml.CollectionEndEvent():
                frame = self.stack.pop()
                self._merge(frame)
                self._close(frame.node, frame.anchor, frame.count, frame.height + 1)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    refuse("a second document begins here", self._at(event), "a description must be one YAML document")

    def _at(self, event: yaml.Event) -> Position:
        assert event.start_mark
        return Position(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _tagged(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> Position:
        at, tag = self._at(event), event.tag
        core = ("str", "int", "float", "bool", "null") if isinstance(event, yaml.ScalarEvent) else ("map", "seq")
        if tag and tag != "!" and tag not in {_CORE + name for name in core}:
            shown = tag.replace(_CORE, "!!")
            self.problems.append(Problem(f"the tag {shown} is not allowed", at, "write the plain value without a tag"))
        return at

    def _scalar(self, event: yaml.ScalarEvent) -> Text | Null:
        at, tag = self._tagged(event), event.tag
        plain = bool(event.implicit[0]) and tag is None
        if (plain and _NULL.fullmatch(event.value)) or tag == _CORE + "null":
            return Null(event.value, at)
        plain = plain or (tag not in (None, "!", _CORE + "str"))
        one_line = not event.anchor and not tag and not event.value.count("\n")
        return text_at(event.value, at, plain=plain, one_line=one_line)

    def _open(self, node: Table | Items, event: yaml.CollectionStartEvent) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame and isinstance(frame.node, Table) and frame.key is None:
            refuse("a key must be a string", node.at, 'quote strings beginning with a bracket: "{{…}}"')
        if len(self.stack) >= DEEPEST:
            refuse(f"nested deeper than {DEEPEST} levels", node.at)
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Frame(node, event.anchor))

    def _alias(self, event: yaml.AliasEvent) -> None:
        at = self._at(event)
        if event.anchor not in self.anchors:
            refuse(f"unknown anchor &{event.anchor}", at, "quote strings beginning with *")
        anchored = self.anchors[event.anchor]
        if anchored is None:
            refuse(f"*{event.anchor} refers to itself", at)
        if len(self.stack) + anchored.height > DEEPEST:
            refuse(f"nested deeper than {DEEPEST} levels through *{event.anchor}", at)
        self._close(anchored.node, None, anchored.count, anchored.height)

    def _close(self, node: Node, anchor: str | None, count: int, height: int) -> None:
        if anchor:
            self.anchors[anchor] = _Anchored(node, count, height)
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        frame.count += count
        frame.height = max(frame.height, height)
        if frame.count > MOST:
            refuse(
                f"more than {MOST:,} values, aliases included",
                frame.node.at,
                "each use of an alias counts all its values",
            )
        self._place(frame, node)

    def _place(self, frame: _Frame, node: Node) -> None:
        if isinstance(frame.node, Items):
            frame.node.append(node)
        elif frame.key is None:
            frame.key = self._key(node)
        else:
            key, frame.key = frame.key, None
            if key == "<<" and key.plain:
                self._merged(frame, node, key.at)
            elif key in frame.node:
                first = frame.node.positions[key]
                self.problems.append(Problem(f"duplicate key '{key}'; first in line {first.line}", key.at))
            else:
                frame.node.put(str(key), node, key.at)

    def _key(self, node: Node) -> Text:
        if isinstance(node, Text):
            return node
        if isinstance(node, Null) and node.text:
            return text_at(node.text, node.at)
        refuse("a key must be a string", node.at)

    def _merged(self, frame: _Frame, node: Node, at: Position) -> None:
        tables = node if isinstance(node, Items) else [node]
        if not all(isinstance(table, Table) for table in tables):
            self.problems.append(Problem("<< needs a mapping or a list of mappings", at, "as in <<: *common"))
        frame.merged.extend(table for table in tables if isinstance(table, Table))

    def _merge(self, frame: _Frame) -> None:
        for table in frame.merged:
            assert isinstance(frame.node, Table)
            for key, value in table.items():
                if key not in frame.node:
                    frame.node.put(key, value, table.positions[key])
