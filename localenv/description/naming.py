"""Check the names in a description."""

import re
from collections.abc import Iterable

from localenv.description import names
from localenv.description.draft import Draft
from localenv.description.words import SECTIONS
from localenv.errors.problems import Position, Problem
from localenv.sources import Table
from localenv.stack import variable

_HOST = re.compile(r"(?!localhost$)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_LONGEST_HOST = 253  # characters
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


def check_aliases(draft: Draft) -> None:
    """Report every alias that is not a host name, or the name of something else."""
    known = {name: section for section in ("services", "needs", "upstreams") for name in _names(draft, section)}
    hosts = {name: f"the name of the {SECTIONS[section]}" for name, section in known.items()}
    for name, model in draft.services.items():
        for number, alias in enumerate(model.aliases):
            at = draft.at("services", name, "aliases", number)
            if not is_host(alias):
                draft.problem(f"'{alias}' is not a valid host name", at, "lower-case letters, digits, - _ and .")
            elif alias in hosts:
                draft.problem(f"the alias '{alias}' of '{name}' is {hosts[alias]}", at, "choose another name")
            elif model.compose.get("network_mode") == "host":
                draft.problem(f"'{name}' uses the host's network, where it has no alias", at, "remove the alias")
            else:
                hosts[alias] = f"an alias of '{name}' already"


def is_host(name: str) -> bool:
    """Whether a name can be a further one of a service."""
    return _HOST.fullmatch(name) is not None and len(name) <= _LONGEST_HOST


def _names(draft: Draft, section: str) -> Iterable[str]:
    table = draft.tree.get(section)
    return table.positions if isinstance(table, Table) else ()


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
