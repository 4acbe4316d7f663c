"""Find needs that need no password, because some of their clients get no password."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from localenv.needs.kinds import KINDS
from localenv.stack import Need, Template
from localenv.stack.walk import templates

_WITH = frozenset({"url", "password"})
_NONE = Template(())


def chosen(needs: Mapping[str, Need], readers: Iterable[object]) -> dict[str, Need]:
    """The needs; without a password if a reader (a service, job or file) uses only an address.

    The programs of such a reader know no password, as with `REDIS_HOST: ${cache.host}`. A need without any reference is
    reached by its name, so also without a password. A password in the description stays.
    """
    attributes = [_attributes(reader) for reader in readers]
    return {name: _open(one) if _is_without(one, attributes) else one for name, one in needs.items()}


def _is_without(need: Need, attributes: Iterable[Mapping[str, set[str]]]) -> bool:
    login = KINDS[need.kind].login
    if login is None or login.is_required or need.password is not None:
        return False
    given = [found[need.name] for found in attributes if need.name in found]
    return not given or any(not one & _WITH for one in given)


def _attributes(reader: object) -> dict[str, set[str]]:
    """The attributes that it uses, by name."""
    found: dict[str, set[str]] = {}
    for template in templates(reader):
        for reference in template.references:
            found.setdefault(reference.name, set()).add(reference.attribute)
    return found


def _open(need: Need) -> Need:
    return replace(need, password=_NONE)
