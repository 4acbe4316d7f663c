"""Every way to fail: what happened, where, what to try, and the exit code that says so."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file somebody wrote; line and column count from 1."""

    file: Path
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One mistake in what a person wrote."""

    message: str
    at: Position | None = None
    hint: str = ""
    excerpt: str = ""  # the line of the file, where it does not speak for itself

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at else ""
        hint = f"\n    hint: {self.hint}" if self.hint else ""
        return f"{where}{self.message}{self._marked}{hint}"

    @property
    def _marked(self) -> str:
        """The line, and a mark below its column."""
        if not self.excerpt or not self.at:
            return ""
        number, before = str(self.at.line), self.excerpt[: self.at.column - 1]
        blank = "".join(character if character == "\t" else " " for character in before)
        return f"\n    {number} | {self.excerpt}\n    {' ' * len(number)} | {blank}^"


class LocalenvError(Exception):
    """A failure as a person sees it: the culprit and reason, the end of its log, what to try."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", log: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log = tuple(log)


class UsageError(LocalenvError):
    """The arguments do not fit together, or name something that is not there."""

    exit_code = 2


class DescriptionError(LocalenvError):
    """The description cannot be used; every mistake found in it, in the order of the file."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class InternalError(LocalenvError):
    """A bug in localenv itself."""

    exit_code = 3


class EngineError(LocalenvError):
    """The engine is missing, cannot be reached, or refused."""

    exit_code = 4


class EngineSilentError(EngineError):
    """The engine is there, takes calls and answers none."""


class NotReadyError(LocalenvError):
    """Something never became ready."""

    exit_code = 5


class BuildError(NotReadyError):
    """What a service runs from could not be made: `step` failed, and `output` is all that was printed."""

    def __init__(self, message: str, *, name: str, step: str, output: Sequence[str], hint: str = "") -> None:
        super().__init__(message, hint=hint, log=output[-20:])
        self.name = name
        self.step = step
        self.output = tuple(output)


class JobError(LocalenvError):
    """A job failed."""

    exit_code = 6


class Interrupted(LocalenvError):  # noqa: N818 - a person's wish, not an error
    """A person or a signal asked to stop; raised after everything of this run was cleaned up."""

    exit_code = 130


def shown(path: Path) -> str:
    """A path as a person standing in the current folder would type it: relative below it, else absolute."""
    relative = os.path.relpath(path)
    return str(path) if Path(relative).parts[:1] == ("..",) else relative
