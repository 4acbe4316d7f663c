"""Names of the copies that each worker gets, and servers that workers share."""

import re
from collections.abc import Mapping

from localenv.stack.model import Stack

_COPY = re.compile(r"\.w[0-9]+(?=\.|\Z)")


def copy_name(name: str, worker: int) -> str:
    """The name of a worker's copy; worker 0 uses the name from the description."""
    return f"{name}.w{worker}" if worker else name


def is_copy(name: str) -> bool:
    """Whether a name belongs to a copy, or to a further port of one; no name in a description has this form."""
    return _COPY.search(name) is not None


def worker_of(name: str) -> str:
    """What a worker adds to the name of its copy: `.w1`; empty for worker 0."""
    found = _COPY.search(name)
    return found[0] if found else ""


def names_of_worker(stack: Stack, worker: int) -> Mapping[str, str]:
    """The names of one worker's copies, by the names in the description."""
    known = {*stack.services, *stack.needs, *stack.upstreams, *stack.files}
    described = (name for name in known if not is_copy(name))
    return {name: copy if (copy := copy_name(name, worker)) in known else name for name in described}


def owns_server(stack: Stack, need: str) -> bool:
    """Whether a need does not share its server; workers' copies may have databases on it."""
    return sum(port.name in stack.needs for port in stack.services[server_of(stack, need)].ports) == 1


def server_of(stack: Stack, need: str) -> str:
    """The service that stores a need's data."""
    return next(one.name for one in stack.services.values() if any(port.name == need for port in one.ports))
