"""Needs that run, or can be started again, and have lost what was in them."""

from contextlib import suppress

from localenv.engines import Deployment, Observed, Seen
from localenv.needs import Memory, NotYet, Refused
from localenv.needs.kinds import KINDS
from localenv.stack import Need, Reader
from localenv.stack.states import ServiceState
from localenv.state import Record


def lost(deployment: Deployment, record: Record, observed: Observed) -> dict[str, str]:
    """Each need that has lost its data since everything was ready, and how, as a predicate.

    Data that is to be kept lies outside what runs the need.
    """
    found: dict[str, str] = {}
    for name, need in deployment.stack.needs.items():
        seen = observed.services.get(name)
        if seen and not need.keep and (why := _why(deployment, need, seen, record)):
            found[name] = f"{why}: its data is gone"
    return found


def holders(deployment: Deployment, observed: Observed) -> dict[str, str]:
    """What holds the data of each need, where another one would hold nothing of it."""
    return {name: seen.holder for name, seen in observed.services.items() if name in deployment.stack.needs}


def runs(deployment: Deployment) -> dict[str, str]:
    """Which run of each need holds data in its memory, for those that hold some."""
    found = {name: _memory(deployment, need) for name, need in deployment.stack.needs.items()}
    return {name: memory.run for name, memory in found.items() if memory and not memory.is_empty}


def _why(deployment: Deployment, need: Need, seen: Seen, record: Record) -> str:
    if seen.holder != record.holders.get(need.name, seen.holder):
        return "was replaced from outside"
    if need.name not in record.runs:
        return ""
    if seen.condition is ServiceState.EXITED:
        return "was killed" if seen.exit_code else ""  # one that ends on SIGTERM writes its data first
    return (
        "was restarted" if seen.condition is ServiceState.RUNNING and _is_empty_again(deployment, need, record) else ""
    )


def _is_empty_again(deployment: Deployment, need: Need, record: Record) -> bool:
    """Whether another run of it has nothing in its memory; one that was emptied by its clients is the same run."""
    memory = _memory(deployment, need)
    return memory is not None and memory.is_empty and memory.run != record.runs[need.name]


def _memory(deployment: Deployment, need: Need) -> Memory | None:
    """None where its data lies elsewhere, or where it does not say."""
    look = KINDS[need.kind].MEMORY
    with suppress(NotYet, Refused):
        return look(deployment.resolution.connection(need.name, Reader.MACHINE)) if look else None
    return None
