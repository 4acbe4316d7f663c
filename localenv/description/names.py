"""The rules for names."""

import re

from localenv.description.words import suggestion
from localenv.errors.problems import Position, Problem

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
LONGEST = 63  # of a DNS name


def problem(name: str, what: str, at: Position) -> Problem | None:
    """The problem of an invalid name; None for a valid one."""
    if len(name) > LONGEST:
        return Problem(f"the name of {what}, '{name[:20]}…', is longer than {LONGEST} characters", at)
    if not NAME.fullmatch(name):
        hint = f"lower-case letters, digits, - and _; as in {fitted(name) or 'api'}"
        return Problem(f"'{name}' is not a valid name of {what}", at, hint)
    return None


def fitted(text: str) -> str:
    """A text converted to a valid name; may be empty."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:LONGEST].rstrip("-_")


def unknown(name: str, known: dict[str, str] | list[str], what: str, at: Position) -> Problem:
    """The problem of an undefined name."""
    names = ", ".join(sorted(known)[:8])
    return Problem(f"unknown {what} '{name}'", at, suggestion(name, known) or (f"available: {names}" if names else ""))
