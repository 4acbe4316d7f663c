"""What engines need of a machine: each check says what it found, and how to fix it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from localenv.host import disks
from localenv.stack import Stack


class Health(StrEnum):
    """The result of one check."""

    OK = "ok"
    WARNING = "warning"  # works, or is not needed
    PROBLEM = "problem"  # `up` would fail


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """What one check found, in one line; `hint` is a command, or what else to do. `engine` is empty for all engines."""

    name: str
    health: Health
    found: str
    hint: str = ""
    engine: str = ""

    def but(self, health: Health) -> "CheckResult":
        """The same with another result."""
        return replace(self, health=health)


Result = tuple[Health, str, str]  # what it found, and how to fix it

# called with the stack of the description, or None if there is none; returns None if there is nothing to check
Check = Callable[[Stack | None], Result | None]
Checks = Mapping[str, Check]


def ok(found: str) -> Result:
    """Nothing to hint."""
    return Health.OK, found, ""


def warning(found: str, hint: str = "") -> Result:
    """Something that may matter."""
    return Health.WARNING, found, hint


def problem(found: str, hint: str = "") -> Result:
    """Something that `up` fails for."""
    return Health.PROBLEM, found, hint


def space(path: Path, *, few: int, least: int, hint: str) -> Result | None:
    """The space where a path is: a warning below `few` bytes, a problem below `least`; None if it is unknown."""
    found = disks.free(path)
    if found is None:
        return None
    size, files = found
    text = f"{disks.shown(size)} free for {path}"
    if size < least or files < _FEW_FILES:
        return problem(text if size < least else f"no room for more files at {path}", hint)
    return ok(text) if size >= few else warning(text, hint)


_FEW_FILES = 200
