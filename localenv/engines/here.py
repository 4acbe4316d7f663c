"""Addresses and the prepared folder of a service that runs on this machine instead of in its engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from localenv.engines import Deployment, Say
from localenv.engines.native import setup
from localenv.engines.native.program import Program
from localenv.engines.native.programs import silent
from localenv.engines.native.setup_plan import PreparedFolder
from localenv.host.loopback import HERE
from localenv.process import Completed, Invocation, run
from localenv.resolution import Place, Resolution
from localenv.stack import Reader, Service, Template


@dataclass(frozen=True, kw_only=True)
class PlaceHere:
    """Its own ports are those in `ports`; everything else is where this machine reaches it."""

    place: Place
    ports: Mapping[str, int]

    @property
    def shares_ports(self) -> bool:
        """As its engine does."""
        return self.place.shares_ports

    def bind(self, name: str) -> str:
        """127.0.0.1: others reach it through a forwarder."""
        return HERE

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        """Host and port; what is published stays where it is."""
        if reader is Reader.INSIDE and name in self.ports:
            return HERE, str(self.ports[name])
        return self.place.address(Reader.MACHINE, name)

    def path(self, reader: Reader, file: str) -> str:
        """The path on this machine."""
        return self.place.path(Reader.MACHINE, file)


def resolution(deployment: Deployment, ports: Mapping[str, int]) -> Resolution:
    """What references resolve to inside a service that runs here, with its ports by name."""
    known = deployment.resolution.stack
    services = {name: _led_to(one) if _has(one, ports) else one for name, one in known.services.items()}
    place = PlaceHere(place=deployment.resolution.place, ports=ports)
    return replace(deployment.resolution, stack=replace(known, services=services), place=place)


def due(deployment: Deployment, service: Service) -> bool:
    """Whether a step of `native.setup` has to run before the service can run here."""
    return any(setup.due(service, _resolved(deployment, service)))


def prepared(deployment: Deployment, service: Service) -> PreparedFolder:
    """Prepare its folder by `native.setup`, as the native engine does; raises NotReadyError, EngineError."""
    return setup.prepare(service, silent, _run, _resolved(deployment, service), user=deployment.identity)


def _run(program: Program, say: Say) -> Completed:
    return run(Invocation(argv=program.argv, environment=program.environment, folder=program.folder))


def _resolved(deployment: Deployment, service: Service) -> Callable[[Template], str]:
    return lambda template: deployment.resolution.text(template, Reader.INSIDE, service.name)


def _has(service: Service, ports: Mapping[str, int]) -> bool:
    return any(port.name in ports for port in service.ports)


def _led_to(service: Service) -> Service:
    """One whose published ports a forwarder has; on the host network its container would have them itself."""
    return replace(service, compose={key: one for key, one in service.compose.items() if key != "network_mode"})
