"""Other environments that were started as real servers of upstreams: they end with the environment that uses them."""

from localenv import state
from localenv.environment import ownership
from localenv.environment.down import guarding
from localenv.environment.overrides import keeping

ENVIRONMENT = "environment"  # in the values of an override: the identity of the other one


def of(identity: str) -> list[str]:
    """The identities of the environments that were started for this one."""
    used = (one["values"].get(ENVIRONMENT) for one in keeping.read(identity))
    return [other for other in dict.fromkeys(used) if other and is_of(identity, other)]


def is_of(identity: str, other: str) -> bool:
    """Whether another environment was started for this one: then it belongs to its guard."""
    record, guard = state.load(other), guarding.pid(identity)
    return bool(record and guard) and ownership.is_same(record.owner if record else None, ownership.owner(guard))
