"""Passwords that a need can do without: one is asked for where all that reach the need are given it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from localenv.needs.kinds import KINDS
from localenv.stack import Need, Template
from localenv.stack.walk import templates

_WITH = frozenset({"url", "password"})
_NONE = Template(())


def chosen(needs: Mapping[str, Need], readers: Iterable[object]) -> dict[str, Need]:
    """The same needs; without a password where a reader (a service, job or file) is given an address alone.

    The programs of such a reader know of no password, as `REDIS_HOST: ${cache.host}`. A need that nothing refers to is
    reached by its name, which has none either. A password in the description stays.
    """
    attributes = [_attributes(reader) for reader in readers]
    return {name: _open(one) if _is_without(one, attributes) else one for name, one in needs.items()}


def _is_without(need: Need, attributes: Iterable[Mapping[str, set[str]]]) -> bool:
    login = KINDS[need.kind].LOGIN
    if login is None or login.is_required or need.password is not None:
        return False
    given = [found[need.name] for found in attributes if need.name in found]
    return not given or any(not one & _WITH for one in given)


def _attributes(reader: object) -> dict[str, set[str]]:
    """What it refers to of each name."""
    found: dict[str, set[str]] = {}
    for template in templates(reader):
        for reference in template.references:
            found.setdefault(reference.name, set()).add(reference.attribute)
    return found


def _open(need: Need) -> Need:
    return replace(need, password=_NONE)
