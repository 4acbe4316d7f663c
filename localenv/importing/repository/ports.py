"""The port of a service whose Dockerfile exposes none: that of its framework, or of its sources."""

from localenv.importing import programs
from localenv.importing.repository import compiled, node, python
from localenv.importing.repository.finds import Finds, FoundService, FoundVariable

_USUAL = 8080


def detect(finds: Finds) -> None:
    """Add it where a program that listens was recognised."""
    for service in finds.services.values():
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


def _given(finds: Finds, service: FoundService) -> FoundVariable | None:
    """The variable `PORT`, which a service reads, or the only service of an example."""
    variable = finds.variables.get("PORT")
    is_read = variable and any(one.is_relative_to(service.folder) for one in variable.readers)
    return variable if is_read or (variable and not variable.readers and len(finds.services) == 1) else None
