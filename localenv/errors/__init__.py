"""The errors: what happened, where, what to try, and the exit code."""

from __future__ import annotations

import os

from localenv.errors.counting import counted

TYPE_CHECKING = False  # without `typing`: see the docstring of `localenv`
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import ClassVar

    from localenv.errors.problems import Problem


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

    def __init__(self, problems: Sequence[Problem], *, what: str = "mistake", of: str = "in the description") -> None:
        self.problems = tuple(problems)
        self.headline = f"{counted(len(problems), what)} {of}".rstrip()
        super().__init__("\n".join(map(str, self.problems)))


class InternalError(LocalenvError):
    """A bug in localenv itself."""

    exit_code = 3


class EngineError(LocalenvError):
    """The engine is missing, cannot be reached, or refused."""

    exit_code = 4


class EngineSilentError(EngineError):
    """The engine accepts connections but does not answer."""


class UnfitError(EngineError):
    """This machine lacks several things that the description needs, each an error."""

    def __init__(self, parts: Sequence[LocalenvError]) -> None:
        self.parts = tuple(parts)
        lines = [f"{one.message}\n    hint: {one.hint}" if one.hint else one.message for one in parts]
        super().__init__("\n".join([f"this machine lacks {len(parts)} things:", *lines]))


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
