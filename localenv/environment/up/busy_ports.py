"""Who uses the port that a service could not listen on, by what its log says."""

import re
from collections.abc import Iterator, Sequence

from localenv.engines import Deployment, Engine, choosing
from localenv.host import listening
from localenv.stack import Service
from localenv.stack.walk import templates

_BUSY = re.compile(
    r"address (?:is )?(?:already )?in use|EADDRINUSE|port \d+ (?:is|was) (?:already )?in use|connection in use"
    r"|only one usage of each socket address",
    re.IGNORECASE,
)
_PORT = re.compile(r"(?:\bport[ =:\"']+|[:,][ '\"]*|[\]'\"] port )(\d{2,5})(?!\d)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])\d{2,5}(?![\w.])")
_OF_CONTAINER = "another program of its container listens on that port, such as one that its command starts"
_HINT = "stop it, or listen on ${port}, which is free"


def explained(engine: Engine, deployment: Deployment, service: Service, log: Sequence[str]) -> tuple[str, str]:
    """`port 8000 is in use by python3 (pid 4711)`, and a hint; empty if the log says nothing of the kind."""
    lines = [line for line in log if _BUSY.search(line)]
    if lines and engine.copies is not None and not service.is_on_machine_network:
        return _OF_CONTAINER, ""
    ports = dict.fromkeys((*_named(lines), *_configured(deployment, service))) if lines else {}
    found = ((port, listening.holder(port, choosing.publisher)) for port in ports)
    port, who = next((one for one in found if one[1]), (next(_named(lines), 0), "another program"))
    return (f"port {port} is in use by {who}", _HINT) if port else ("", "")


def _named(lines: Sequence[str]) -> Iterator[int]:
    """The ports that these lines name."""
    for line in lines:
        yield from (int(found[1]) for found in _PORT.finditer(line))


def _configured(deployment: Deployment, service: Service) -> Iterator[int]:
    """Numbers that may be the port: what its command and variables hold, and its own ports."""
    for template in templates((service.command, service.entrypoint, service.environment, service.native)):
        yield from map(int, _NUMBER.findall(str(template)))
    for port in service.ports:
        yield from filter(None, (port.target, deployment.ports.get(port.name)))
