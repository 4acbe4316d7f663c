"""Services that run on this machine instead of in the engine: how they are described."""

from localenv.host import loopback
from localenv.stack import Service
from localenv.state import Here


def answers(here: Here, service: Service) -> bool | None:
    """Whether a program listens on the service's port; None for a service without one."""
    return loopback.is_open(here.ports[service.port.name]) if service.port else None


def advice(name: str) -> str:
    """How to begin, where no program runs in place of a service yet."""
    return f"start it with: localenv run --as {name} --in-place -- CMD"


def described(service: Service, here: Here) -> str:
    """`127.0.0.1:21000`, whether something listens there, and what runs or how to begin."""
    answer = answers(here, service)
    port = here.ports[service.port.name] if service.port else 0
    listens = "" if answer is None else f"{'answers' if answer else 'nothing listens'} on {loopback.HERE}:{port}"
    what = here.command or ("" if answer else advice(service.name))
    return "; ".join(filter(None, (listens, what)))
