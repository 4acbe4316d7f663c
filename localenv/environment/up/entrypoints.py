"""Entrypoints of images, which nothing runs where services run from their files."""

from collections.abc import Iterator

from localenv.importing import dockerfile
from localenv.stack import Build, Role, Service, Stack


def left_out(stack: Stack) -> Iterator[str]:
    """A note for each service whose Dockerfile has a file of the repository as its entrypoint, before its command."""
    for service in stack.of(Role.SERVICE):
        if file := _left_out(service):
            yield (
                f"{service.name}: {file}, the entrypoint of its image, does not run without a container: "
                "do what it prepares in migrate:, jobs: or native.setup"
            )


def _left_out(service: Service) -> str:
    """The file; empty where the description says what runs."""
    is_said = service.entrypoint or (service.native and service.native.command)
    image = _image(service.build) if service.build and service.command and not is_said else None
    return dockerfile.entrypoint_file(image, service.build.context) if image and service.build else ""


def _image(build: Build) -> dockerfile.Dockerfile | None:
    if build.file is None:
        return dockerfile.parsed(build.dockerfile_inline or "", build.target or "")
    return dockerfile.read(build.file, build.target or "") if build.file.is_file() else None
