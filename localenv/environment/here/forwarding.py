"""Lead everybody who asks a service to a program on this machine."""

import time
from collections.abc import Iterator

from localenv.engines import Deployment, Engine
from localenv.engines.bridging import LocalRoute
from localenv.environment import ports
from localenv.environment.here import places
from localenv.stack import Port, Reader, Service
from localenv.stack.states import ServiceState
from localenv.state import Here, Record

RUNNING = (ServiceState.RUNNING, ServiceState.PAUSED, ServiceState.RESTARTING)


def without(engine: Engine, deployment: Deployment, name: str, record: Record) -> Here:
    """Leave a service out of the engine, and wait for a program in its place. The caller holds the lock and records it.

    What runs of it is stopped.
    """
    service = deployment.stack.services[name]
    seen = engine.observe(deployment.identity).services.get(name)
    if seen is not None and seen.state in RUNNING:
        engine.services.signal(deployment.identity, name, "stop")
    before = record.here.get(name)
    here = before or Here(ports=free_ports(deployment, service), time=time.time(), returns=False)
    open_up(engine, deployment, service, here)
    return here


def open_up(engine: Engine, deployment: Deployment, service: Service, here: Here) -> None:
    """Lead everybody who asks a service to its ports on this machine."""
    routes = list(_routes(deployment, service, here))
    engine.bridges.stop(deployment.identity, service.name)
    if routes:
        engine.bridges.start(deployment, service.name, routes)


def free_ports(deployment: Deployment, service: Service) -> dict[str, int]:
    """A free port of this machine for each port of a service, the same each time where it is free."""
    wanted = [Port(name=f"here.{port.name}", target=port.target) for port in service.ports]
    return {name.removeprefix("here."): port for name, port in ports.free(deployment.identity, wanted).items()}


def _routes(deployment: Deployment, service: Service, here: Here) -> Iterator[LocalRoute]:
    for port in service.ports:
        local = here.ports[port.name]
        host, published = deployment.resolution.place.address(Reader.MACHINE, port.name)
        text = f"{service.name} runs on this machine: nothing listens on 127.0.0.1:{local}"
        text += f" ({here.command})" if here.command else f"; {places.advice(service.name)}"
        for number, name in enumerate((service.name, *service.aliases)):
            yield LocalRoute(
                name=name,
                port=port.target,
                to=local,
                refusal=text if port.scheme == "http" else "",
                listen=() if number else ((host, int(published)),),
            )
