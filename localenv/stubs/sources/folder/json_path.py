"""JSONPaths that WireMock refuses, found as Jayway's library reads them."""

import re
from collections.abc import Iterator

from localenv.stubs.sources.folder import json_filters
from localenv.stubs.sources.folder.text_index import Invalid, TextIndex

_BLANKS = " \t\n\r"
_NAMES = {  # in brackets, by their quote
    quote: re.compile(r"\[ *Q(?:[^Q\\]|\\.)*Q *(?:,[^Q,\]]*Q(?:[^Q\\]|\\.)*Q *)*\]".replace("Q", quote), re.DOTALL)
    for quote in ("'", '"')
}
_INDEX = re.compile(r"[+-]?\d+")


def mistake(path: str) -> str:
    """Why WireMock does not take a JSONPath; empty if it does."""
    try:
        _path(path)
    except Invalid as refused:
        return str(refused)
    except IndexError:
        return "it ends too early"
    except RecursionError:
        return ""
    return ""


def _path(path: str) -> None:
    begins_right = path[:1] in ("$", "@")
    index = TextIndex(path if begins_right else f"$.{path}")
    if index.is_last("."):
        raise Invalid("it must not end with '.' or '..'")
    while index.is_inside() and index.here() in _BLANKS:
        index.at += 1
    if index.is_tail():
        return
    index.at += 1
    if index.here() not in ".[":
        raise Invalid(f"'{index.here()}' follows '{index.char(index.at - 1)}', where '.' or '[' is expected")
    _token(index)


def _token(index: TextIndex) -> None:
    match index.here():
        case "[":
            if not any(read(index) for read in (_names, _positions, _wildcard, _filter, _placeholder)):
                raise Invalid(f"'{index.rest()}': after '[' there must be ?, ', 0-9 or *, and the matching ']'")
        case ".":
            _dot(index)
        case "*":
            _wildcard(index)
        case _:
            _property(index)


def _on(index: TextIndex, at: int) -> bool:
    index.at = at
    if not index.is_tail():
        _token(index)
    return True


def _dot(index: TextIndex) -> None:
    if index.is_inside(index.at + 1) and index.char(index.at + 1) == ".":
        index.at += 2
    else:
        index.at += 1
    if index.here() == ".":
        raise Invalid(f"there are too many '.' before '{index.rest()}'")
    _token(index)


def _property(index: TextIndex) -> None:
    begin = index.at
    if index.here() in "[*. ":
        raise Invalid(f"'{index.rest()}' is no name of a property")
    end = begin
    while index.is_inside(end) and index.char(end) not in ".[(":
        if index.char(end) == " ":
            raise Invalid("a name with a blank needs brackets, as in $['a b']")
        end += 1
    if not (index.is_inside(end) and index.char(end) == "("):
        _on(index, end)
        return
    if index.char(end + 1) == ")":
        _on(index, end + 1)
        return
    closed = index.matching(end, "()", quotes="")
    if closed < 0:
        raise Invalid(f"the arguments of {index.between(begin, end)}() are not closed")
    for argument in _split(index.between(end + 1, closed)):
        if argument.startswith(("$", "@")):
            _path(argument)
    _on(index, closed + 1)


def _split(arguments: str) -> Iterator[str]:
    """The arguments of a function: paths and JSON."""
    depth, is_text, begin = 0, False, 0
    for at, char in enumerate(arguments):
        is_text ^= char == '"'
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(char, 0)
        if char == "," and not depth and not is_text:
            yield arguments[begin:at].strip()
            begin = at + 1
    if depth or is_text:
        raise Invalid(f"a bracket or a text in the arguments '{arguments}' is not closed")
    yield arguments[begin:].strip()


def _placeholder(index: TextIndex) -> bool:
    mark = index.next_is("?", index.at)
    if mark < 0 or index.significant(mark) not in "],":
        return False
    raise Invalid("'?' stands for a filter that is given in a program: write [?(@.name == 'value')]")


def _filter(index: TextIndex) -> bool:
    begin, mark = index.at, index.next_is("?", index.at)
    opened = index.next_is("(", mark) if mark >= 0 else -1
    closed = index.matching(opened, "()", quotes="'\"/") if opened >= 0 else -1
    if closed < 0 or index.significant(closed) != "]":
        return False
    end = index.next_is("]", closed)
    json_filters.check(index.between(begin, end + 1), _path)
    return _on(index, end + 1)


def _wildcard(index: TextIndex) -> bool:
    is_bracket = index.here() == "["
    if not is_bracket:
        return _on(index, index.at + 1)
    if index.significant(index.at) != "*":
        return False
    star = index.next_is("*", index.at)
    if index.significant(star) != "]":
        raise Invalid("']' must follow '[*'")
    return _on(index, index.next_is("]", star) + 1)


def _positions(index: TextIndex) -> bool:
    first = index.significant(index.at)
    if not (first.isdigit() or first in "-:"):
        return False
    end = index.find("]", index.at + 1)
    text = index.between(index.at + 1, end).strip() if end >= 0 else ""
    if end < 0 or not re.fullmatch(r"[\d,\-: ]+", text):
        return False
    numbers = [*filter(None, text.split(":")[:2])] if ":" in text else re.split(r"\s*,\s*", text)
    if not numbers or not all(_INDEX.fullmatch(one) for one in numbers):
        raise Invalid(f"'[{text}]' is no position in an array")
    return _on(index, end + 1)


def _names(index: TextIndex) -> bool:
    quote = index.significant(index.at)
    if quote not in "'\"":
        return False
    if found := _NAMES[quote].match(index.rest()):
        return _on(index, index.at + found.end())
    if index.rest().count(quote) % 2:
        raise Invalid(f"a name has no closing {quote}")
    raise Invalid(f"'{index.rest()}': names in brackets stand in quotes, with ',' between them and ']' behind")
