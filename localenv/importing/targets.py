"""What a value may refer to by host and port: services, needs and upstreams in the making."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SERVICES, NEEDS, UPSTREAMS = "services", "needs", "upstreams"


@dataclass(kw_only=True)
class Reachable:
    """Something with an address: `ports` are the names of its further ports, by number; texts may hold atoms."""

    name: str
    section: str
    kind: str = ""  # of a need
    port: int | None = None
    ports: dict[int, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    user: str = ""
    passwords: tuple[str, ...] = field(default=(), repr=False)  # the first is its own
    database: str = ""
    is_unknown: bool = False  # the file with its login is missing
    is_http: bool = True
    published: dict[int, int] = field(default_factory=dict)  # port of this machine → its own port

    def attribute(self, port: int | None, attribute: str) -> str | None:
        """The reference to an attribute at one of its ports; None if it has no such port."""
        if port in (None, self.port):
            return f"${{{self.name}.{attribute}}}" if self.port is not None or self.section == UPSTREAMS else None
        name = self.ports.get(port or 0)
        return f"${{{self.name}.{name}.{attribute}}}" if name else None


def reached(target: Reachable, reader_profiles: tuple[str, ...]) -> bool:
    """Whether a reader with these profiles may refer to it: it always runs when the reader does."""
    return not target.profiles or (bool(reader_profiles) and set(reader_profiles) <= set(target.profiles))


Hosts = Mapping[str, Reachable]


def needs_of(hosts: Hosts) -> list[Reachable]:
    """The needs among hosts, each once."""
    return [*{id(one): one for one in hosts.values() if one.section == NEEDS}.values()]
