"""Characters, and classes of them, in a regular expression of Java."""

import re
import unicodedata

_HEX = frozenset("0123456789abcdefABCDEF")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = frozenset("0123456789")
_CHARACTERS = {"a": 7, "e": 27, "f": 12, "n": 10, "r": 13, "t": 9}
_SETS = frozenset("dDhHsSvVwW")
PLACES = frozenset("ABGRXZbz123456789k")  # not in a class
_PROPERTIES = frozenset((
    *"LMNZCPS", "LC", "LD", "L1", "all", "ASCII", "Alnum", "Alpha", "Blank", "Cntrl", "Digit", "Graph", "Lower",
    "Print", "Punct", "Space", "Upper", "XDigit",
    *(first + second for first, all_second in (
        ("C", "cfnos"), ("L", "lmotu"), ("M", "cen"), ("N", "dlo"), ("P", "cdefios"), ("S", "ckmo"), ("Z", "lps"),
    ) for second in all_second),
))  # fmt: skip
_JAVA_PROPERTY = re.compile(r"java[A-Z]\w+")
_VALUED = frozenset({"sc", "script", "blk", "block", "gc", "general_category"})


class NotCompiled(Exception):  # noqa: N818 - carries a reason
    """Java does not compile the expression."""


class CharacterReader:
    """Reads an expression; raises NotCompiled."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._names: set[str] = set()

    def _peek(self, ahead: int = 0) -> str:
        return self._pattern[self._at + ahead : self._at + ahead + 1]

    def _read(self) -> str:
        found = self._peek()
        self._at += 1
        return found

    def _class(self, *, is_part: bool = False) -> None:
        """Behind its `[`; a part of an intersection ends before the `]` of the whole."""
        if not is_part and self._peek() == "^":
            self._at += 1
        is_empty = True
        while here := self._peek():
            if here == "]" and not is_empty:
                self._at += not is_part
                return
            if here == "[":
                self._at += 1
                self._class()
            elif here == "&" and self._peek(1) == "&":
                self._at += 2
                is_empty = self._intersection(is_empty=is_empty)
            else:
                self._range()
            is_empty = False
        raise NotCompiled("a '[' is not closed")

    def _intersection(self, *, is_empty: bool) -> bool:
        while (here := self._peek()) not in ("]", "&") and here:
            if here == "[":
                self._at += 1
                self._class()
            else:
                self._class(is_part=True)
            is_empty = False
        if is_empty:
            raise NotCompiled("'&&' in a class has nothing on both sides")
        return is_empty

    def _range(self) -> None:
        first = self._member()
        if first is None or self._peek() != "-" or self._peek(1) in ("[", "]"):
            return
        self._at += 1
        is_property = self._peek() == "\\" and self._peek(1) in ("p", "P")
        last = None if is_property or not self._peek() else self._member()
        if last is None or last < first:
            raise NotCompiled("a range in a class ends before it begins")

    def _member(self) -> int | None:
        """The character; None for a set of them."""
        here = self._read()
        if here != "\\":
            return ord(here)
        if self._peek() and self._peek() in "pP":
            self._at += 1
            self._property()
            return None
        return self._escape(in_class=True)

    def _escape(self, *, in_class: bool) -> int | None:
        """Behind the backslash; the character, or None for a set or a place."""
        kind = self._read()
        if not kind:
            raise NotCompiled("it ends with a single backslash")
        if kind in PLACES and not in_class:
            self._place(kind)
            return None
        if kind in _SETS:
            return None
        if kind in _CHARACTERS:
            return _CHARACTERS[kind]
        if kind in "0cuxN":
            return self._coded(kind)
        if kind in LETTERS | DIGITS:
            raise NotCompiled(f"Java does not know '\\{kind}'{' in a class' if in_class and kind in PLACES else ''}")
        return ord(kind)

    def _coded(self, kind: str) -> int:
        match kind:
            case "0":
                return self._octal()
            case "N":
                return self._character_name()
            case "u" | "x":
                return self._hexadecimal(kind)
        if not self._peek():
            raise NotCompiled("'\\c' has no character behind it")
        return ord(self._read()) ^ 64

    def _place(self, kind: str) -> None:
        if kind == "b" and self._pattern.startswith("{g}", self._at):
            self._at += 3
        if kind == "k":
            if self._read() != "<":
                raise NotCompiled("'\\k' is not followed by '<' and the name of a group")
            if (name := self._name()) not in self._names:
                raise NotCompiled(f"'\\k<{name}>' names a group that is not there")

    def _octal(self) -> int:
        begin = self._at
        while self._peek() and self._peek() in "01234567" and self._at - begin < 3:
            self._at += 1
        if begin == self._at:
            raise NotCompiled("'\\0' has no octal digit behind it")
        return int(self._pattern[begin : self._at], 8)

    def _hexadecimal(self, kind: str) -> int:
        size = 4 if kind == "u" else 2
        digits = self._pattern[self._at : self._at + size]
        if kind == "x" and digits[:1] == "{":
            end = self._pattern.find("}", self._at)
            digits = self._pattern[self._at + 1 : end] if end > 0 else ""
            size = max(len(digits), 1)
            self._at += 2
        if len(digits) != size or not _HEX.issuperset(digits):
            raise NotCompiled(f"'\\{kind}' has no hexadecimal number behind it")
        self._at += size
        if (found := int(digits, 16)) > 0x10FFFF:
            raise NotCompiled(f"'\\{kind}{{{digits}}}' is no character")
        return found

    def _character_name(self) -> int:
        end = self._pattern.find("}", self._at)
        if self._peek() != "{" or end < 0:
            raise NotCompiled("'\\N' has no name in braces behind it")
        name = self._pattern[self._at + 1 : end]
        self._at = end + 1
        try:
            return ord(unicodedata.lookup(name))
        except (KeyError, TypeError):
            raise NotCompiled(f"'{name}' is the name of no character") from None

    def _property(self) -> None:
        if self._peek() != "{":
            name = self._read()
        else:
            end = self._pattern.find("}", self._at)
            if end < 0:
                raise NotCompiled("the name behind '\\p{' is not closed")
            name = self._pattern[self._at + 1 : end]
            self._at = end + 1
        key, is_valued, _ = name.partition("=")
        is_known = key.lower() in _VALUED if is_valued else name in _PROPERTIES or _JAVA_PROPERTY.fullmatch(name)
        if not is_known and not name.startswith(("Is", "In")):
            raise NotCompiled(f"'\\p{{{name}}}' is no property of characters that Java knows")

    def _name(self) -> str:
        begin = self._at
        if self._peek() not in LETTERS:
            raise NotCompiled("the name of a group begins with no Latin letter")
        while self._peek() and self._peek() in LETTERS | DIGITS:
            self._at += 1
        if self._read() != ">":
            raise NotCompiled("the name of a group has other characters than Latin letters and digits")
        return self._pattern[begin : self._at - 1]
