"""After a guard was killed: start again what overrides need, and end what no override needs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from localenv.environment.overrides import changes, entries, faults, need_faults, real
from localenv.environment.overrides.entries import Override, OverrideKind
from localenv.errors import LocalenvError

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


def recover(environment: "Environment") -> Iterator[str]:
    """Start programs of overrides unless they run; yields a line for each override that could not be kept."""
    known = [one for one in entries.recorded(environment.identity) if not one.is_over]
    real.end_unowned(environment, known)
    for one in known:
        try:
            _recover(environment, one)
        except LocalenvError as error:
            changes.remove(environment, [one])
            yield f"{one.subject}: {one.title} was removed: {error.message}"


def _recover(environment: "Environment", override: Override) -> None:
    match override.kind:
        case OverrideKind.REAL:
            real.recover(environment, override)
        case OverrideKind.FAULT if override.server:
            faults.keep_time(environment.deployment, override)
        case OverrideKind.FAULT:
            need_faults.recover(environment, override)
        case _:
            pass
