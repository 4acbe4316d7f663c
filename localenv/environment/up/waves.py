"""Which services start together, and which wait for others."""

from collections.abc import Iterable

from localenv.stack import Service


def waves(services: Iterable[Service]) -> list[list[Service]]:
    """Services in groups, each of which can start once the groups before it are ready.

    A `service_started` dependency does not part two services: the engine starts them in that order.
    """
    known = {service.name: service for service in services}
    depth: dict[str, int] = {}

    def level(name: str) -> int:
        if name not in depth:
            depth[name] = 0
            waits = known[name].depends_on
            depth[name] = max(
                (level(one.name) + (one.condition != "service_started") for one in waits if one.name in known),
                default=0,
            )
        return depth[name]

    found: dict[int, list[Service]] = {}
    for name, service in known.items():
        found.setdefault(level(name), []).append(service)
    return [found[number] for number in sorted(found)]
