"""What the copies that workers have of a stack's things are called, and which server they share."""

import re
from collections.abc import Mapping

from localenv.stack.model import Stack

_COPY = re.compile(r"\.w[0-9]+(?=\.|\Z)")


def copy_name(name: str, worker: int) -> str:
    """The name of a worker's copy; worker 0 has the description's own."""
    return f"{name}.w{worker}" if worker else name


def is_copy(name: str) -> bool:
    """Whether a name is that of a copy, or of a further port of one: nothing in a description is called so."""
    return _COPY.search(name) is not None


def names_of_worker(stack: Stack, worker: int) -> Mapping[str, str]:
    """What the description's names stand for, for one worker of a stack that has copies for several."""
    known = {*stack.services, *stack.needs, *stack.upstreams, *stack.files}
    described = (name for name in known if not is_copy(name))
    return {name: copy if (copy := copy_name(name, worker)) in known else name for name in described}


def owns_server(stack: Stack, need: str) -> bool:
    """Whether everything on a need's server is its own: workers' copies may have databases there."""
    return sum(port.name in stack.needs for port in stack.services[server_of(stack, need)].ports) == 1


def server_of(stack: Stack, need: str) -> str:
    """The service in which a need's data is."""
    return next(one.name for one in stack.services.values() if any(port.name == need for port in one.ports))
