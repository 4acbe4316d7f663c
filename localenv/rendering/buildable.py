"""Check that every service has an image, or something to build it from."""

from collections.abc import Iterable, Iterator

from localenv.errors import DescriptionError, shown
from localenv.errors.problems import Problem
from localenv.stack import Service


def check(services: Iterable[Service]) -> None:
    """Raise DescriptionError for services without an image and a Dockerfile, which run only natively."""
    if found := list(problems(services)):
        raise DescriptionError(found)


def problems(services: Iterable[Service]) -> Iterator[Problem]:
    """A problem for each of these, with its position and a hint."""
    for service in services:
        file = service.build.file if service.build else None
        if service.build and file and not file.exists():
            is_written = service.build.at != service.at
            image = "image: in place of build:" if is_written else "image:"
            yield Problem(
                f"{service.name} has no image and no Dockerfile ({shown(file)} does not exist)",
                service.build.at or service.at,
                f"add the Dockerfile, or {image}, or run it without Docker: --engine native",
            )
