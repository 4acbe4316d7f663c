"""The port of a service whose Dockerfile exposes none: that of its framework, or of its sources."""

import re

from localenv.importing import programs
from localenv.importing.repository import compiled, node, python
from localenv.importing.repository.finds import Finds, FoundService, FoundVariable

_USUAL = 8080
_OF_SERVERS = re.compile(
    r"DB|DATABASE|POSTGRES|PG|SQL|MARIA|REDIS|VALKEY|CACHE|RABBIT|AMQP|BROKER|QUEUE|NATS|MONGO|KAFKA|SMTP|MAIL|METRICS"
    r"|PROMETHEUS|STATSD|OTEL|JAEGER|DEBUG|PPROF|ADMIN|GRPC|ELASTIC|MEMCACHE|PROXY"
)


def detect(finds: Finds) -> None:
    """Add it where a program that listens was recognised."""
    for service in finds.services.values():
        if service.comments.get("port") == compiled.UNCERTAIN and (variable := _own(finds, service)):
            service.port = int(variable.example or variable.default or _USUAL)
            service.comments["port"] = f"{variable.name} in {variable.where}"
        if service.port is not None or service.is_worker:
            continue
        if service.language == "node":
            service.port = node.port_of(finds, service.folder, programs.manifest(service.folder / "package.json"))
        elif service.language == "python":
            service.port = python.said_port(finds, service.folder) or python.start(finds, service.folder)[1]
        elif service.language:
            service.port = compiled.port_of(finds, service)
        if service.port is not None:
            service.comments["port"] = "not certain: of the source, or the usual one"
        elif variable := _given(finds, service):
            number = next((one for one in (variable.example, variable.default) if one and one.isdigit()), "")
            service.port = int(number or _USUAL)
            service.comments["port"] = f"{'' if number else 'any other one works too: '}PORT in {variable.where}"


def _own(finds: Finds, service: FoundService) -> FoundVariable | None:
    """The only variable of a port that a service reads and that is not one of a server."""
    found = [one for one in finds.variables.values() if one.name.endswith("PORT") and _is_own(one)]
    read = [one for one in found if any(finds.is_of(service, file) for file in one.readers)]
    return read[0] if len(read) == 1 else None


def _is_own(variable: FoundVariable) -> bool:
    value = variable.example or variable.default or ""
    return not _OF_SERVERS.search(variable.name) and value.isdigit() and int(value) in range(1024, 1 << 16)


def _given(finds: Finds, service: FoundService) -> FoundVariable | None:
    """The variable `PORT`, which a service reads, or the only service of an example."""
    variable = finds.variables.get("PORT")
    is_read = variable and any(one.is_relative_to(service.folder) for one in variable.readers)
    return variable if is_read or (variable and not variable.readers and len(finds.services) == 1) else None
