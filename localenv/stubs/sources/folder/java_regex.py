"""Regular expressions that Java refuses, found as `java.util.regex.Pattern` finds them.

Not decided, and so accepted: what follows `(?x)`, and the names of scripts and blocks in `\\p{…}`.
"""

import re

from localenv.stubs.sources.folder.java_characters import DIGITS, PLACES, CharacterReader, NotCompiled

_ALONE = re.compile(r"\(\?([imsducxU]*)(?:-[imsducxU]*)?\)")  # flags for all that follows
_OF_GROUP = re.compile(r"\?([imsducxU]*)(?:-[imsducxU]*)?:")
_BEHIND = ("?<=", "?<!")
_LOOKS = (*_BEHIND, "?=", "?!")
_QUOTED = re.compile(r"\\Q(.*?)(?:\\E|\Z)|\\.", re.DOTALL)
_MOST = (1 << 31) - 1
_Longest = int | None  # characters that a part matches; None: without limit


class _Undecided(Exception):  # noqa: N818 - ends the look
    pass


def mistake(pattern: str) -> str:
    """Why Java does not compile an expression; empty if it does, or if that is unknown."""
    try:
        _Parser(_unquoted(pattern)).parse()
    except NotCompiled as refused:
        return str(refused)
    except (_Undecided, RecursionError):
        return ""
    return ""


def _unquoted(pattern: str) -> str:
    r"""The expression with `\Q…\E` written as escapes."""

    def escaped(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        return "".join(one if one.isalnum() or ord(one) > 127 else f"\\{one}" for one in match[1])

    return _QUOTED.sub(escaped, pattern) if "\\Q" in pattern else pattern


class _Parser(CharacterReader):
    def parse(self) -> None:
        """Raises NotCompiled and _Undecided."""
        self._alternatives()
        if self._at < len(self._pattern):
            raise NotCompiled("a ')' closes no group")

    def _alternatives(self) -> _Longest:
        longest = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            longest.append(self._sequence())
        known = [one for one in longest if one is not None]
        return max(known) if len(known) == len(longest) else None

    def _sequence(self) -> _Longest:
        longest: _Longest = 0
        while (here := self._peek()) and here not in "|)":
            if self._flags(_ALONE):
                continue
            one = self._repeated(self._atom(here))
            longest = None if longest is None or one is None else longest + one
        return longest

    def _atom(self, here: str) -> _Longest:
        if here == "(":
            return self._group()
        if here == "{":
            return 0  # which repeats nothing
        self._at += 1
        if here in "*+?":
            raise NotCompiled(f"there is nothing to repeat before '{here}'")
        if here == "[":
            self._class()
        elif here == "\\":
            return self._escaped()
        elif here in "^$":
            return 0
        return 1

    def _escaped(self) -> _Longest:
        if self._peek() in ("p", "P"):
            self._at += 1
            self._property()
            return 1
        kind = self._peek()
        self._escape(in_class=False)
        if kind in PLACES:
            return 2 if kind == "R" else None if kind in "X123456789k" else 0
        return 1

    def _repeated(self, longest: _Longest) -> _Longest:
        sign = self._peek()
        if not sign or sign not in "?*+{":
            return longest
        if sign == "{":
            most = self._counts()
        else:
            most = 1 if sign == "?" else _MOST
            self._at += 1
        self._at += self._peek() in ("?", "+")
        return longest * most if longest is not None and longest * most <= _MOST else None

    def _counts(self) -> int:
        self._at += 1
        if not self._peek() or self._peek() not in DIGITS:
            raise NotCompiled("a '{' begins no repetition: write \\\\{")
        least = most = self._number()
        if self._peek() == ",":
            self._at += 1
            most = _MOST if self._peek() == "}" else self._number()
        if self._read() != "}":
            raise NotCompiled("a repetition is not closed with '}'")
        if most < least:
            raise NotCompiled("a repetition has a minimum above its maximum")
        return most

    def _number(self) -> int:
        begin = self._at
        while self._peek() in DIGITS:
            self._at += 1
        found = int(self._pattern[begin : self._at] or "0")
        if found > _MOST:
            raise NotCompiled("a repetition is too large")
        return found

    def _group(self) -> _Longest:
        self._at += 1
        kind = self._kind() if self._peek() == "?" else ""
        longest = self._alternatives()
        if self._read() != ")":
            raise NotCompiled("a group is not closed")
        if kind in _BEHIND and longest is None:
            raise NotCompiled("a look-behind group has no obvious maximum length")
        return 0 if kind in _LOOKS else longest

    def _kind(self) -> str:
        for kind in (*_LOOKS, "?>"):
            if self._pattern.startswith(kind, self._at):
                self._at += len(kind)
                return kind
        if self._pattern.startswith("?<", self._at):
            self._at += 2
            self._named()
        elif not self._flags(_OF_GROUP):
            raise NotCompiled(f"'({self._pattern[self._at : self._at + 2]}' begins no group that Java knows")
        return ""

    def _flags(self, form: re.Pattern[str]) -> bool:
        """Whether there were some, and a group may follow."""
        if not (found := form.match(self._pattern, self._at)):
            return False
        if "x" in found[1]:
            raise _Undecided
        self._at = found.end()
        return True

    def _named(self) -> None:
        name = self._name()
        if name in self._names:
            raise NotCompiled(f"the group '{name}' is there twice")
        self._names.add(name)
