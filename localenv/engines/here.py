"""Addresses for a service that runs on this machine instead of in its engine."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from localenv.engines import Deployment
from localenv.host.loopback import HERE
from localenv.resolution import Place, Resolution
from localenv.stack import Reader, Service


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


def _has(service: Service, ports: Mapping[str, int]) -> bool:
    return any(port.name in ports for port in service.ports)


def _led_to(service: Service) -> Service:
    """One whose published ports a forwarder has; on the host network its container would have them itself."""
    return replace(service, compose={key: one for key, one in service.compose.items() if key != "network_mode"})
