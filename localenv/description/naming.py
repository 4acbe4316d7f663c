"""Check the names in a description."""

import re

from localenv.description import names
from localenv.description.draft import Draft
from localenv.description.words import SECTIONS
from localenv.errors.problems import Position, Problem
from localenv.sources import Table
from localenv.stack import variable

_TAKEN = ("env", "flags", "port", "bind", "self", "answer")


def check(draft: Draft) -> None:
    """Report every invalid or duplicate name."""
    variables: dict[str, str] = {}
    for section, word in SECTIONS.items():
        table = draft.tree.get(section)
        for name, at in table.positions.items() if isinstance(table, Table) else ():
            if draft.report(names.problem(name, f"the {word}", at)) and draft.report(_taken(name, at)):
                other = variables.setdefault(variable(name), name)
                if other != name:
                    hint = f"both would be LOCALENV_{variable(name)}_… in the environment of commands"
                    draft.problem(f"'{name}' and '{other}' are too similar", at, hint)


def check_ports(draft: Draft) -> None:
    """Report every further port whose variable clashes with another."""
    known = {variable(name): name for name in draft.sections}
    for name, model in draft.services.items():
        for port in model.ports:
            other = known.setdefault(variable(f"{name}.{port}"), f"{name}.{port}")
            if other != f"{name}.{port}":
                at = draft.at("services", name, "ports", port, of_key=True)
                hint = f"both would be LOCALENV_{variable(other)}_… in the environment of commands"
                draft.problem(f"port '{port}' of '{name}' and '{other}' are too similar", at, hint)


def check_profiles(draft: Draft) -> None:
    """Report every profile that Compose would refuse."""
    for name, model in draft.services.items():
        for number, profile in enumerate(model.profiles):
            if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", profile):
                at = draft.at("services", name, "profiles", number)
                draft.problem(f"'{profile}' is not a valid name of a profile", at, "letters, digits, _ . and -")


def _taken(name: str, at: Position) -> Problem | None:
    if name in _TAKEN:
        return Problem(f"'{name}' is reserved", at, "it is reserved for references")
    return None
