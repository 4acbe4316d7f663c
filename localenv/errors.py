"""The errors: what happened, where, what to try, and the exit code."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice

TYPE_CHECKING = False  # without `typing`: see the docstring of `localenv`
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import ClassVar, Self

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


class LocalenvError(Exception):
    """A failure shown to the user: culprit and reason, the end of its log, a hint."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", log: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log = tuple(log)
        self.strangers: tuple[str, ...] = ()  # Host headers of requests that reached no upstream


class UsageError(LocalenvError):
    """The arguments contradict one another, or name something that does not exist."""

    exit_code = 2


class DescriptionError(LocalenvError):
    """The description cannot be used; with every mistake found, in the order of the file."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


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
                raise DescriptionError(bounded(sorted(self, key=lambda one: (one.at is not None, one.at))))

    def __iadd__(self, more: Iterable[Problem]) -> Self:  # type: ignore[override, misc]
        self.extend(more)
        return self


def bounded(found: Iterable[Problem], what: str = "mistakes; fix these first") -> list[Problem]:
    """The first hundred of some problems, and one more that says that there are others, which are not looked for."""
    first = list(islice(found, MOST_PROBLEMS + 1))
    if len(first) > MOST_PROBLEMS:
        first[MOST_PROBLEMS] = Problem(f"more than {MOST_PROBLEMS} {what}", first[MOST_PROBLEMS].at)
    return first


class InternalError(LocalenvError):
    """A bug in localenv itself."""

    exit_code = 3


class EngineError(LocalenvError):
    """The engine is missing, cannot be reached, or refused."""

    exit_code = 4


class EngineSilentError(EngineError):
    """The engine accepts connections but does not answer."""


class NotReadyError(LocalenvError):
    """A service did not become ready."""

    exit_code = 5


class BuildError(NotReadyError):
    """A build failed: `step` is the failed step, and `output` everything it printed."""

    def __init__(self, message: str, *, name: str, step: str, output: Sequence[str], hint: str = "") -> None:
        super().__init__(message, hint=hint, log=output[-20:])
        self.name = name
        self.step = step
        self.output = tuple(output)


class JobError(LocalenvError):
    """A job failed."""

    exit_code = 6


class Interrupted(LocalenvError):  # noqa: N818 - a person's wish, not an error
    """A user or a signal has stopped the run; raised after everything of it was cleaned up."""

    exit_code = 130


def shown(path: Path) -> str:
    """A path as a user in the current folder would type it: relative below it, else absolute."""
    relative = os.path.relpath(path)
    return str(path) if f"{relative}{os.sep}".startswith(f"{os.pardir}{os.sep}") else relative
