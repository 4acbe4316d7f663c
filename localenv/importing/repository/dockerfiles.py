"""Dockerfiles: each is a service, with its port and its command for a machine without Docker."""

import re
from pathlib import Path

from localenv.description.names import fitted
from localenv.host import contained
from localenv.importing import dockerfile, programs
from localenv.importing.repository.finds import Finds, FoundService

_NAMES = ("Dockerfile", "docker/Dockerfile", ".docker/Dockerfile", "Containerfile")


def detect(finds: Finds) -> None:
    """Add a service for each folder with a Dockerfile."""
    for folder in finds.folders:
        file = next((folder / name for name in _NAMES if (folder / name).is_file()), None)
        if (
            file is None
            or folder.name in ("docker", ".docker")
            or not contained.is_within(file, [finds.place.repository])
        ):
            continue
        image = dockerfile.read(file)
        if image is None or not image.base:
            continue
        program = programs.of(folder, image)
        name = own_name(finds, folder, program.language)
        finds.services[name] = FoundService(
            name=name,
            folder=folder,
            dockerfile=file if file != folder / "Dockerfile" else None,
            native_command=program.command,
            native_folder=program.folder,
            setup=program.setup,
            port=image.ports[0] if image.ports else _default(image),
            language=program.language,
            version=program.version,
            image_environment={key: value.replace("$", "$$") for key, value in image.environment.items()},
            comments=_comments(image, folder),
        )


def _comments(image: dockerfile.Dockerfile, folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    if not image.ports and "PORT" not in image.environment:
        found["port"] = "not in the Dockerfile: the usual one"
    if missing := dockerfile.missing(image, folder):
        found["build"] = f"its Dockerfile copies {missing}, which is not here: make that first"
    return found


def own_name(finds: Finds, folder: Path, language: str) -> str:
    """The name of the service of a folder."""
    usual = {"python": "api", "node": "web"}.get(language, "app") if folder == finds.home else folder.name
    name = fitted(usual) or "app"
    is_taken = name in ("env", "flags", "port", "bind", "self", "answer", "db", "cache", *finds.taken)
    name = f"{name}-app" if is_taken else name
    return name if name not in finds.services else f"{name}-{len(finds.services) + 1}"


def _default(image: dockerfile.Dockerfile) -> int | None:
    """The port that an image names in `PORT` or its command, or the usual one of its server."""
    if (named := image.environment.get("PORT", "")).isdigit():
        return int(named)
    found = next((port for name, port in _SERVERS.items() if name in image.base), None)
    return found or ports_in(" ".join((*image.entrypoint, *image.command)))


def ports_in(command: str) -> int | None:
    """The port that a command line names, but that of a debugger."""
    line = _DEBUGGER.sub("", command)
    found = re.search(r"(?:--port|-p|--http-port)[= ](?:\$\{PORT:-)?(\d{2,5})|(?:0\.0\.0\.0|\[::\]):(\d{2,5})", line)
    return int(found[1] or found[2]) if found else None


_DEBUGGER = re.compile(r"--inspect\S*|\bdebugpy --listen[= ]\S+")
_SERVERS = {"nginx": 80, "httpd": 80, "caddy": 80, "php": 80}
