"""Filters in JSONPaths, `[?(@.id == 7)]`, as Jayway's library reads them."""

import re
from collections.abc import Callable

from localenv.stubs.sources.folder import java_regex
from localenv.stubs.sources.folder.text_index import Invalid, TextIndex

_OPERATORS = frozenset({
    ">=", "<=", "==", "===", "!=", "!==", "<", ">", "=~", "NIN", "IN", "CONTAINS", "ALL", "SIZE", "EXISTS", "TYPE",
    "MATCHES", "EMPTY", "SUBSETOF", "ANYOF", "NONEOF",
})  # fmt: skip
_SIGNS = frozenset("<>=~!")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PAIRS = {"[": "[]", "{": "{}"}
_PATTERN_FLAGS = frozenset("dixmsuU")


class Broken(Exception):  # noqa: N818 - carries a reason
    """What ends its reading at once."""


def check(text: str, path: Callable[[str], None]) -> None:
    """Read a filter with its brackets, and with `path` the paths in it; raises Invalid."""
    index = _Filter(text[1:-1], path)
    if index.here() != "?":
        raise Invalid("a filter is written [?(…)]")
    index.at += 1
    index.trim()
    if index.here() != "(" or not index.is_last(")"):
        raise Invalid("a filter is written [?(…)]")
    try:
        index.either()
        index.skip()
        is_left = index.is_inside()
    except (Broken, IndexError) as error:
        raise Invalid(str(error) if isinstance(error, Broken) else "a filter ends too early") from error
    if is_left:
        raise Invalid(f"'{index.rest()}' is not expected in a filter")


class _Filter(TextIndex):
    def __init__(self, text: str, path: Callable[[str], None]) -> None:
        super().__init__(text)
        self._path = path

    def _joined(self, sign: str, operand: Callable[[], None]) -> None:
        operand()
        while True:
            before = self.at
            try:
                self.expect(sign)
                operand()
            except Invalid:
                self.at = before
                return

    def either(self) -> None:
        """Read conditions."""
        self._joined("||", self._both)

    def _both(self) -> None:
        self._joined("&&", self._condition)

    def _condition(self) -> None:
        self.skip()
        before = self.at
        if self.here() == "!":
            self.at += 1
            self.skip()
            if self.here() not in "$@":
                self._condition()
                return
            self.at = before
        if self.here() == "(":
            self.at += 1
            self.either()
            self.expect(")")
            return
        is_path = self._value()
        before = self.at
        try:
            self._operator()
            self._value()
        except Invalid as invalid:
            self.at = before
            if not is_path:
                raise Invalid("a filter compares, or asks for a path") from invalid

    def _operator(self) -> None:
        self.skip()
        begin = self.at
        if self.here() in _SIGNS:
            while self.is_inside() and self.here() in _SIGNS:
                self.at += 1
        else:
            while self.is_inside() and self.here() != " ":
                self.at += 1
        found = self.between(begin, self.at)
        if found.upper() not in _OPERATORS:
            raise Invalid(f"there is no operator '{found}'")

    def _value(self) -> bool:
        """Whether it is a path."""
        self.skip()
        match self.here():
            case "$" | "@":
                self._inner_path()
                return True
            case "!":
                self.at += 1
                self.skip()
                if self.here() in "$@":
                    self._inner_path()
                    return True
                raise Invalid("'!' stands before no path")
            case "'" | '"' | "[" | "{":
                self._closed()
            case "t" | "f" | "n" as first:
                self.expect({"t": "true", "f": "false", "n": "null"}[first])
            case "/":
                self._expression()
            case _:
                self._number()
        return False

    def _closed(self) -> None:
        """A text, or a value in JSON."""
        opening = self.here()
        is_text = opening in "'\""
        end = self.unescaped(self.at, opening) if is_text else self.matching(self.at, _PAIRS[opening])
        if end < 0:
            raise Invalid(f"'{self.rest()}' has no end")
        self.at = end + 1

    def _number(self) -> None:
        begin = self.at
        while self.is_inside() and (self.here().isdigit() or self.here() in "-.eE"):
            self.at += 1
        if not _NUMBER.fullmatch(self.between(begin, self.at)):
            raise Broken(f"'{self.text[begin:]}' is no value in a filter: texts stand in quotes")

    def _expression(self) -> None:
        begin, end = self.at, self.unescaped(self.at, "/")
        if end < 0:
            raise Invalid("a regular expression has no closing /")
        if why := java_regex.mistake(self.between(begin + 1, end)):
            raise Broken(f"a regular expression in a filter: {why}")
        self.at = end + 1
        while self.is_inside() and self.here() in _PATTERN_FLAGS:
            self.at += 1

    def _inner_path(self) -> None:
        begin = self.at
        self.at += 1
        while self.is_inside():
            if self.here() == "[":
                end = self.matching(self.at, "[]")
                if end < 0:
                    raise Invalid("a '[' in a filter is not closed")
                self.at = end + 1
            is_closing = self.is_inside() and self.here() == ")" and not self._closes_function(begin)
            if not self.is_inside() or self.here() in _SIGNS or self.here() == " " or is_closing:
                break
            self.at += 1
        self._path(self.between(begin, self.at))

    def _closes_function(self, begin: int) -> bool:
        at = self.at - 1
        while at >= 0 and self.char(at) == " ":
            at -= 1
        return at >= 0 and self.char(at) == "(" and "." in self.between(begin + 1, at)
