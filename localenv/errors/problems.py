"""Mistakes in a user's files: what is wrong, where, and what to try."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

from localenv.errors import DescriptionError, shown

KeyPath = tuple[str | int, ...]  # the keys and indices that lead to a value of a document
_LONGEST = 2000  # characters of a message
MOST_PROBLEMS = 100  # to report at once: more help nobody, and finding them takes long


@dataclass(frozen=True, order=True)
class Position:
    """A position in a user's file; line and column count from 1."""

    file: Path
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One mistake in a user's file."""

    message: str
    at: Position | None = None
    hint: str = ""
    excerpt: str = ""  # the line of the file, if the message is not sufficient

    def __post_init__(self) -> None:
        if len(self.message) > _LONGEST:  # it may quote what a repository wrote
            shortened = f"{self.message[: _LONGEST // 2]} … {self.message[-100:]}"
            object.__setattr__(self, "message", shortened)

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at else ""
        hint = f"\n    hint: {self.hint}" if self.hint else ""
        return f"{where}{self.message}{self._marked}{hint}"

    @property
    def _marked(self) -> str:
        """The line, with a mark below the column."""
        if not self.excerpt or not self.at:
            return ""
        number, before = str(self.at.line), self.excerpt[: self.at.column - 1]
        blank = "".join(character if character == "\t" else " " for character in before)
        return f"\n    {number} | {self.excerpt}\n    {' ' * len(number)} | {blank}^"


class Problems(list[Problem]):
    """The mistakes found so far; adding more than a hundred raises DescriptionError with the first of them."""

    def append(self, one: Problem) -> None:
        """Add a mistake."""
        self.extend([one])

    def extend(self, more: Iterable[Problem]) -> None:
        """Add mistakes."""
        for one in more:
            super().append(one)
            if len(self) > MOST_PROBLEMS:
                raise DescriptionError(bounded(sorted(self, key=lambda one: one.at or Position(Path()))))

    def __iadd__(self, more: Iterable[Problem]) -> Self:  # type: ignore[override, misc]
        self.extend(more)
        return self


def bounded(found: Iterable[Problem], what: str = "mistakes; fix these first") -> list[Problem]:
    """The first hundred of some problems, and one more that says that there are others, which are not looked for."""
    first = list(islice(found, MOST_PROBLEMS + 1))
    if len(first) > MOST_PROBLEMS:
        first[MOST_PROBLEMS] = Problem(f"more than {MOST_PROBLEMS} {what}", first[MOST_PROBLEMS].at)
    return first
