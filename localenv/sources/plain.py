"""YAML and JSON documents of others as plain values: fast, without positions, with limits on everything."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from localenv.errors import json_mistakes

LARGEST_JSON = 16 << 20  # bytes
LARGEST_YAML = 10 << 20  # bytes; YAML takes many times as long to parse

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 200  # levels
_MOST = 800_000  # values, each key too; an alias counts as its content
_MOST_EVENTS = 3 * _MOST + 4  # of that many values: a key, a beginning and an end for each, and those of the document
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*|0[0-9]+)(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9]+([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {  # YAML 1.2, in which `no` and `on` are text
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NONE = object()


class MalformedDocument(Exception):  # noqa: N818 - says what is the matter
    """A document that cannot be read: the reason, and line and column from 1."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


def load(content: bytes, *, is_json: bool) -> Any:
    """The value of a document; raises MalformedDocument."""
    largest = LARGEST_JSON if is_json else LARGEST_YAML
    if len(content) > largest:
        also = "" if is_json else " of YAML; as JSON it may be larger"
        raise MalformedDocument(f"is larger than {largest >> 20} MiB{also}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedDocument("is not text in UTF-8") from error
    if is_json and content.count(b'"') // 2 + content.count(b"{") + content.count(b"[") > _MOST:
        raise MalformedDocument(f"has more than {_MOST:,} values; larger documents are not read")
    try:
        return _json(text) if is_json else _yaml(text)
    except RecursionError as error:
        raise MalformedDocument("is nested too deeply") from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        mistake = json_mistakes.found(text, error.msg, error.pos)
        line, column = text.count("\n", 0, mistake.offset) + 1, mistake.offset - text.rfind("\n", 0, mistake.offset)
        raise MalformedDocument(f"is not valid JSON: {mistake.message}", line, column) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise MalformedDocument(f"is not valid JSON: {error}") from error


def _yaml(text: str) -> Any:
    reader = _YamlReader()
    loader, first = _LOADER(text), _LOADER(text)
    try:
        if hasattr(first, "raw_parse"):  # in C: a mistake at the end of a large document comes at once
            _refuse_many(first.raw_parse())
        while True:
            event = loader.get_event()
            if event is None or isinstance(event, yaml.StreamEndEvent):
                return reader.value
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise MalformedDocument(f"is not valid YAML: {error.problem or error.context}", line, column) from error
    except yaml.YAMLError as error:
        raise MalformedDocument(f"is not valid YAML: {error}") from error
    finally:
        loader.dispose()
        first.dispose()


def _refuse_many(events: int) -> None:
    if events > _MOST_EVENTS:
        raise MalformedDocument(f"has more than {_MOST:,} values; larger documents are not read")


@dataclass
class _Open:
    """An open mapping or list."""

    value: Any
    anchor: str | None
    key: Any = _NONE
    count: int = 1
    merged: list[Any] = field(default_factory=list)


class _YamlReader:
    """Builds values from events, without recursion."""

    def __init__(self) -> None:
        self.value: Any = None
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._known: dict[str, Any] = dict(_WORDS)
        self._documents = 0
        self._taking: dict[type, Callable[[Any], None]] = {  # there are millions of events
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: lambda event: self._start({}, event),
            yaml.SequenceStartEvent: lambda event: self._start([], event),
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def take(self, event: Any) -> None:
        """Add an event."""
        taking = self._taking.get(type(event))
        if taking:
            taking(event)

    def _end(self, event: Any) -> None:
        one = self._open.pop()
        for more in one.merged:
            one.value.update({key: item for key, item in more.items() if key not in one.value})
        self._put(one.value, one.anchor, one.count, event)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise _refused(f"unknown anchor &{event.anchor}, or one that contains itself", event)
        value, count = self._anchors[event.anchor]
        self._put(value, None, count, event)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _refused("a second document begins here", event)

    def _start(self, value: Any, event: Any) -> None:
        if len(self._open) >= _DEEPEST:
            raise _refused("is nested too deeply", event)
        if self._open and isinstance(self._open[-1].value, dict) and self._open[-1].key is _NONE:
            raise _refused("a key must be text", event)
        self._open.append(_Open(value, event.anchor))

    def _scalar(self, event: Any) -> None:
        top = self._open[-1] if self._open else None
        is_plain = event.implicit[0] and event.tag is None
        if top is not None and isinstance(top.value, dict) and top.key is _NONE:
            top.key = (event.value,) if event.value == "<<" and is_plain else event.value
            if event.anchor:
                self._anchors[event.anchor] = (event.value, 1)
            return
        self._put(self._plain(event.value) if is_plain else event.value, event.anchor, 1, event)

    def _plain(self, text: str) -> Any:
        found = self._known.get(text, _NONE)
        if found is _NONE:
            found = self._known[text] = _number(text) if _NUMBER.fullmatch(text) else text
        return found

    def _put(self, value: Any, anchor: str | None, count: int, event: Any) -> None:
        if anchor:
            self._anchors[anchor] = (value, count)
        if not self._open:
            self.value = value
            return
        top = self._open[-1]
        top.count += count
        if top.count > _MOST:
            raise _refused(f"more than {_MOST:,} values, aliases included", event)
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is _NONE:
            if not isinstance(value, str | int | float):
                raise _refused("a key must be text", event)
            top.key = str(value)
        elif isinstance(top.key, tuple):
            top.merged += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
            top.key = _NONE
        else:
            top.value[top.key] = value
            top.key = _NONE


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _refused(reason: str, event: Any) -> MalformedDocument:
    mark = event.start_mark
    return MalformedDocument(reason, mark.line + 1, mark.column + 1) if mark else MalformedDocument(reason)
