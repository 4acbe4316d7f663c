"""What differs between two outlines of a contract."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

_BARE = frozenset({"operation", "answer", "content"})
_SCHEMA = "schema "
_WORDS = re.compile(r"[ ,\[\]]+")
_LISTS = re.compile(r"(?:array of )*")
_PARAMETER = r"(?:query|path|header|cookie) \S+"
_WHOLE = re.compile(rf"schema (?:\S+\.\w+ )?\S+|[A-Z]+ \S+ (?:body|default|\d\d\d|\dXX|{_PARAMETER})")  # of one schema
_NAMES = re.compile(rf"[A-Z]+ \S+(?: (?:\S+ )?{_PARAMETER})?")  # they may have dots and brackets themselves
_ROUNDS = 8  # levels of named schemas within one another
_LONGEST = 160  # characters of one side of a change
_AROUND = 40  # of these before and behind what differs


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of a contract that was removed, added or says something else."""

    what: str
    before: str | None
    now: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"added {self.what}" if self.now in _BARE else f"added {self.what}: {_short(str(self.now))}"
        if self.now is None:
            return f"removed {self.what}" if self.before in _BARE else f"removed {self.what}: {_short(self.before)}"
        before, now = ("no schema" if one in ("answer", "content") else one for one in (self.before, self.now))
        return f"changed {self.what}: {' → '.join(_apart(before, now))}"


def changes(before: Iterable[str], now: Iterable[str]) -> list[Change]:
    """What differs between two outlines: removed first, then changed, then added."""
    old, new = _Outline(before), _Outline(now)
    for _ in range(_ROUNDS):
        others = [what for what in _differing(old, new) if _is_another(old.named(what), new.named(what))]
        count = sum(one.expand(what) for what in others for one in (old, new))
        if not count:
            break
    changed = [Change(what=what, before=old.lines[what], now=new.lines[what]) for what in _differing(old, new)]
    removed = [Change(what=what, before=how, now=None) for what, how in old.without(new)]
    added = [Change(what=what, before=None, now=how) for what, how in new.without(old)]
    return [*_outermost(removed), *changed, *_outermost(added)]


class _Outline:
    """The lines of a contract; where it matters, a schema that is referred to by its name stands where it is used."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = _by_what(lines)
        self._sorted = sorted(self.lines)
        self._expanded: set[str] = set()

    def named(self, what: str) -> tuple[str, str, str]:
        """How many lists a line begins with, the named schema that they are of, if there is one, and the rest."""
        how = self.lines[what]
        inner = how.removeprefix(lists := _LISTS.match(how)[0])  # type: ignore[index]  # it matches always
        words = inner.split(" ", 2)
        names = (" ".join(words[:count]) for count in (2, 1))
        name = next((one for one in names if f"{_SCHEMA}{one}" in self.lines and f"{_SCHEMA}{one}" != what), "")
        return lists, name, inner.removeprefix(name)

    def expand(self, what: str) -> bool:
        """Put a named schema in the place of its name; returns whether a line has one."""
        lists, name, rest = self.named(what)
        if not name:
            return False
        schema = f"{_SCHEMA}{name}"
        self.lines[what] = f"{lists}{self.lines[schema]}{rest}"
        self._expanded.add(schema)
        place = what + "[]" * lists.count("array")
        is_whole = place == what and _WHOLE.fullmatch(what)
        for end in self._ends(schema):
            part = f".{end[1:]}" if end[0] == " " and not is_whole else end
            self.lines[f"{place}{part}"] = self.lines[f"{schema}{end}"]
        return True

    def without(self, other: "_Outline") -> Iterator[tuple[str, str]]:
        """The lines that the other one does not have, less those of schemas that stand where they are used."""
        for what, how in self.lines.items():
            if what not in other.lines and not any(what == one or _is_part(what, one) for one in self._expanded):
                yield what, how

    def _ends(self, what: str) -> list[str]:
        """What follows in the names of its parts."""
        found = []
        for one in self._sorted[bisect_left(self._sorted, what) :]:
            if not one.startswith(what):
                break
            if _is_part(one, what):
                found.append(one[len(what) :])
        return found


def _differing(old: _Outline, new: _Outline) -> list[str]:
    both = (what for what in new.lines if what in old.lines)
    return [what for what in both if _unordered(old.lines[what]) != _unordered(new.lines[what])]


def _is_another(old: tuple[str, str, str], new: tuple[str, str, str]) -> bool:
    """Whether the same number of lists is of another schema."""
    return old[0] == new[0] and old[1] != new[1]


def _unordered(how: str) -> str:
    """A line whose values and alternatives are in order."""
    return " ".join(sorted(_WORDS.split(how))) if "enum [" in how or "Of " in how else how


def _outermost(found: list[Change]) -> Iterator[Change]:
    """Without the parts of an operation, answer, schema or field that is itself among them."""
    whole = {one.what for one in found}
    for one in found:
        wholes = (one.what[:end] for end, mark in enumerate(one.what) if mark in " .[")
        if not any(each in whole and _is_part(one.what, each) for each in wholes):
            yield one


def _is_part(what: str, whole: str) -> bool:
    mark = what[len(whole) : len(whole) + 1]
    return what.startswith(whole) and (mark == " " or (mark in (".", "[") and not _NAMES.fullmatch(whole)))


def _by_what(outline: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in outline:
        what, _, how = line.partition(": ")
        found[what] = f"{found[what]}, {how}" if what in found and found[what] not in _BARE else how
    return found


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _apart(before: str, now: str) -> tuple[str, str]:
    """Two texts, shortened to where they differ if they are long."""
    if max(len(before), len(now)) <= _LONGEST:
        return before, now
    start = max(_common(before, now) - _AROUND, 0)
    end = max(_common(before[start:][::-1], now[start:][::-1]) - _AROUND, 0)
    each = (f"{'…' if start else ''}{one[start : len(one) - end]}{'…' if end else ''}" for one in (before, now))
    first, second = map(_short, each)
    return first, second


def _common(one: str, other: str) -> int:
    """The number of characters that both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
