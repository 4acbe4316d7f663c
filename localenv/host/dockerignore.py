"""Parse `.dockerignore` like Docker's builder: the last match decides, `!` re-includes, `**` matches any depth."""

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

_MAGIC = re.compile(r"[*?\[\\]")
_ESCAPED = frozenset(".+()|{}$^")
_FILE = ".dockerignore"
_LARGEST, _LONGEST, _MOST = 1 << 20, 1000, 1000  # bytes that are read, characters of a line, lines that are considered


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One line of the file."""

    text: str
    takes_back: bool = False

    def matches(self, name: str) -> bool:
        """Whether it matches this exact path; contents of a matched folder are excluded with it."""
        return self.regex.fullmatch(name) is not None

    def may_match_below(self, folder: str) -> bool:
        """Whether it may match something in a folder."""
        start = _MAGIC.split(self.text)[0]
        return start.startswith(f"{folder}/") or f"{folder}/".startswith(start)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern as a regular expression, without the contents of a matched folder."""
        try:
            return re.compile(_expression(self.text), re.DOTALL)
        except re.error:  # the builder reports it
            return re.compile(r"(?!)")


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """The exclusions of a build context."""

    patterns: tuple[Pattern, ...] = ()

    def __contains__(self, name: str) -> bool:
        """Whether a path, relative to the context and with slashes, is excluded."""
        last = self._last(name)
        return last >= 0 and not self.patterns[last].takes_back

    def holds_nothing(self, folder: str) -> bool:
        """Whether a folder and everything in it is excluded."""
        back = (one for one in self.patterns if one.takes_back)
        return folder in self and not any(one.may_match_below(folder) for one in back)

    def _last(self, name: str) -> int:
        """The index of the last pattern that matches a path or one of its parents; -1 if none does."""
        folder = name.rpartition("/")[0]
        if folder not in self._folders:
            self._folders[folder] = self._last(folder) if folder else -1
        last = self._folders[folder]
        if self._any.fullmatch(name):
            last = max(last, *(number for number, one in enumerate(self.patterns) if one.matches(name)))
        return last

    @cached_property
    def _any(self) -> re.Pattern[str]:
        """All patterns in one: most of the thousands of files match none."""
        return re.compile("|".join(f"(?:{one.regex.pattern})" for one in self.patterns) or r"(?!)", re.DOTALL)

    @cached_property
    def _folders(self) -> dict[str, int]:
        return {}


def read(context: Path, dockerfile: Path | None = None) -> Ignored:
    """The exclusions of a build context; `NAME.dockerignore` beside the Dockerfile takes precedence."""
    own = dockerfile or context / "Dockerfile"
    for file in (own.with_name(f"{own.name}{_FILE}"), context / _FILE):
        if file.is_file():
            with file.open(encoding="utf-8-sig", errors="replace") as opened:
                return parsed(opened.read(_LARGEST))
    return Ignored()


def parsed(text: str) -> Ignored:
    """Parse the patterns of a file; what is too long or too much excludes nothing."""
    lines = (line.strip() for line in text.split("\n") if not line.startswith("#"))
    found = (one for line in lines if line and len(line) <= _LONGEST and (one := _pattern(line)))
    return Ignored(patterns=tuple(islice(found, _MOST)))


def _pattern(line: str) -> Pattern | None:
    takes_back, text = line.startswith("!"), line.removeprefix("!").strip()
    if not text:
        return None
    clean = posixpath.normpath(text)
    return Pattern(text=clean.lstrip("/") or "/", takes_back=takes_back)


def _expression(pattern: str) -> str:
    """Convert to a regular expression that never backtracks far: patterns are untrusted.

    Of each part between two wildcards the first match is the best one, so it is not tried again: `(?>…)`.
    """
    first, *rest = re.split(r"\*\*+/?", re.sub(r"(\*\*+/)+", "**/", pattern))
    middle = "".join(f"(?>(?:.*?/)??{_between(part)})" for part in rest[:-1])
    last = "" if not rest else f"(?:.*/)?{_between(rest[-1])}" if rest[-1] else ".*"
    return f"{_between(first)}{middle}{last}"


def _between(part: str) -> str:
    """Convert what has no `**`."""
    return "/".join(_segment(one) for one in part.split("/"))


def _segment(segment: str) -> str:
    first, *rest = _pieces(segment)
    middle = "".join(f"(?>[^/]*?{piece})" for piece in rest[:-1])
    return f"{first}{middle}" + (f"[^/]*{rest[-1]}" if rest else "")


def _pieces(rest: str) -> list[str]:
    """What is between the `*`, character by character like the builder."""
    found = [""]
    while rest:
        letter, rest = rest[0], rest[1:]
        if letter == "*":
            found.append("")
            continue
        if letter == "\\" and rest:
            letter, rest = re.escape(rest[0]), rest[1:]
        elif letter in _ESCAPED or letter == "\\":
            letter = f"\\{letter}"
        elif letter == "[":
            letter, rest = _choice(rest)
        else:
            letter = "[^/]" if letter == "?" else letter
        found[-1] += letter
    return found


def _choice(rest: str) -> tuple[str, str]:
    """A character class such as `[a-z]`, and the rest."""
    inner, end, after = rest.partition("]")
    return (f"[{inner}]", after) if end else ("(?!)", "")
