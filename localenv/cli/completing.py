"""What a shell offers after Tab."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

import typer

from localenv import paths
from localenv.environment import locating, request
from localenv.environment.locating import descriptions
from localenv.environment.up import preparing
from localenv.errors import LocalenvError
from localenv.stack import Role


def environments(incomplete: str) -> Iterator[str]:
    """The descriptions of this repository, then the environments of this machine."""
    with suppress(LocalenvError):
        yield from _fitting((file.stem for file in descriptions()), incomplete)
    yield from _fitting(paths.states(), incomplete)


def environments_and_needs(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Where either may stand."""
    yield from environments(incomplete)
    yield from needs(ctx, incomplete)


def services(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Services under work."""
    yield from _fitting(_names(ctx, Role.SERVICE), incomplete)


def reachable(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Services and upstreams: what has a URL for a browser."""
    yield from _fitting(_names(ctx, Role.SERVICE, Role.UPSTREAM), incomplete)


def running(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Whatever runs and prints: services, needs and stub servers."""
    yield from _fitting(_names(ctx, Role.SERVICE, Role.NEED, Role.STUBS), incomplete)


def needs(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """The needs of the description."""
    yield from _fitting(_names(ctx, Role.NEED), incomplete)


def _names(ctx: typer.Context, *roles: Role) -> list[str]:
    """As far as the description can be read; a shell is told nothing of what is wrong with it."""
    with suppress(LocalenvError):
        planned = preparing.stack(request.Request(target=locating.locate(ctx.params.get("env"))))
        upstreams = list(planned.upstreams) if Role.UPSTREAM in roles else []
        return [service.name for service in planned.of(*roles)] + upstreams
    return []


def _fitting(names: Iterable[str], incomplete: str) -> Iterator[str]:
    yield from (name for name in names if name.startswith(incomplete))
