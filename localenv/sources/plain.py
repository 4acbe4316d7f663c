"""YAML and JSON documents of others as plain values: fast, without positions, with limits on everything."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isinf
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


class _DuplicateKey(Exception):  # noqa: N818 - what was found
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


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
        return json.loads(text, object_pairs_hook=_object, parse_float=_real, parse_constant=str)
    except _DuplicateKey as error:
        raise MalformedDocument(f"duplicate key '{error.key}'", *_second(text, error.key)) from error
    except json.JSONDecodeError as error:
        mistake = json_mistakes.found(text, error.msg, error.pos)
        raise MalformedDocument(f"is not valid JSON: {mistake.message}", *_at(text, mistake.offset)) from error
    except ValueError as error:
        digits = sys.get_int_max_str_digits()
        raise MalformedDocument(f"has a number of more than {digits:,} digits", *_longest(text, digits)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [key for key, _ in pairs]
        raise _DuplicateKey(next(key for key in names if names.count(key) > 1))
    return found


def _real(text: str) -> float | str:
    """A number with a fraction or exponent; one that is too large for it stays text."""
    number = float(text)
    return text if isinf(number) else number


def _second(text: str, key: str) -> tuple[int, int]:
    """Line and column of the second of a document's two keys of a name; the beginning if there are more."""
    found = [one.start() for one in re.finditer(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", text)]
    return _at(text, found[1]) if len(found) == 2 else (1, 1)


def _longest(text: str, digits: int) -> tuple[int, int]:
    found = re.search(rf"\d{{{digits + 1}}}", text)
    return _at(text, found.start()) if found else (1, 1)


def _at(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


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
    except yaml.reader.ReaderError as error:
        place = _at(text, error.position)
        raise MalformedDocument(
            f"is not valid YAML: the character #x{error.character:04x}: {error.reason}", *place
        ) from error
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
            if top.key in top.value:
                raise _refused(f"duplicate key '{top.key}'", event)
            top.value[top.key] = value
            top.key = _NONE


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return _real(text)
    except ValueError:
        return text


def _refused(reason: str, event: Any) -> MalformedDocument:
    mark = event.start_mark
    return MalformedDocument(reason, mark.line + 1, mark.column + 1) if mark else MalformedDocument(reason)
