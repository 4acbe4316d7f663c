"""The port of a service whose Dockerfile exposes none: that of its framework, or of its sources."""

from localenv.importing import programs
from localenv.importing.repository import compiled, node, python
from localenv.importing.repository.finds import Finds


def detect(finds: Finds) -> None:
    """Add it where a program that listens was recognised."""
    for service in finds.services.values():
        if service.port is not None or service.comments.get("command", "").startswith("of the Procfile"):
            continue
        if service.language == "node":
            service.port = node.port_of(finds, service.folder, programs.manifest(service.folder / "package.json"))
        elif service.language == "python":
            service.port = python.said_port(finds, service.folder) or python.start(finds, service.folder)[1]
        elif service.language:
            service.port = compiled.port_of(finds, service)
        if service.port is not None:
            service.comments["port"] = "not certain: of the source, or the usual one"
