"""What things may be called."""

import re

from localenv.description.draft import Draft
from localenv.description.words import SECTIONS, suggestion
from localenv.errors import Position, Problem
from localenv.sources import Table
from localenv.stack import variable

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
LONGEST = 63  # of a name in DNS
_TAKEN = ("env", "flags", "port", "bind", "self")


def check(draft: Draft) -> None:
    """Note every name that cannot be had."""
    variables: dict[str, str] = {}
    for section, word in SECTIONS.items():
        table = draft.tree.get(section)
        for name, at in table.positions.items() if isinstance(table, Table) else ():
            if draft.note(problem(name, f"the {word}", at)) and draft.note(_taken(name, at)):
                other = variables.setdefault(variable(name), name)
                if other != name:
                    hint = f"both would be LOCALENV_{variable(name)}_… in the environment of commands"
                    draft.problem(f"'{name}' and '{other}' are too much alike", at, hint)


def check_profiles(draft: Draft) -> None:
    """Note every profile that Compose would refuse."""
    for name, model in draft.services.items():
        for number, profile in enumerate(model.profiles):
            if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", profile):
                at = draft.at("services", name, "profiles", number)
                draft.problem(f"'{profile}' cannot be the name of a profile", at, "letters, digits, _ . and -")


def problem(name: str, what: str, at: Position) -> Problem | None:
    """What is wrong with a name; None where it is fine."""
    if len(name) > LONGEST:
        return Problem(f"the name of {what} '{name[:20]}…' is longer than {LONGEST} characters", at)
    if not NAME.fullmatch(name):
        hint = f"lower-case letters, digits, - and _; as in {fitted(name) or 'api'}"
        return Problem(f"'{name}' cannot be the name of {what}", at, hint)
    return None


def fitted(text: str) -> str:
    """A text made fit to be a name; may be empty."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:LONGEST].rstrip("-_")


def unknown(name: str, known: dict[str, str] | list[str], what: str, at: Position) -> Problem:
    """A name that nothing has."""
    names = ", ".join(sorted(known)[:8])
    return Problem(
        f"there is no {what} '{name}'", at, suggestion(name, known) or (f"there is {names}" if names else "")
    )


def _taken(name: str, at: Position) -> Problem | None:
    if name in _TAKEN:
        return Problem(f"'{name}' is taken", at, "it has a meaning of its own in references")
    return None
