"""Whether there is an image of every service, or what to build it from."""

from collections.abc import Iterable, Iterator

from localenv.errors import DescriptionError, Problem, shown
from localenv.stack import Service


def check(services: Iterable[Service]) -> None:
    """Raises DescriptionError for services without an image and without a Dockerfile, which run natively alone."""
    if found := list(problems(services)):
        raise DescriptionError(found)


def problems(services: Iterable[Service]) -> Iterator[Problem]:
    """Each of these, with where it is described and what to do."""
    for service in services:
        file = service.build.file if service.build else None
        if service.build and file and not file.exists():
            yield Problem(
                f"{service.name} has no image and no Dockerfile ({shown(file)} does not exist)",
                service.build.at or service.at,
                "add the Dockerfile, or image: in place of build:, or run it without Docker: --engine native",
            )
