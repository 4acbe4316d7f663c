"""Shell completions."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

import typer

from localenv import paths
from localenv.environment import locating, request
from localenv.environment.locating import descriptions
from localenv.errors import LocalenvError
from localenv.stack import Role, Stack

_ORDINARY = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*"
)  # a shell may evaluate completions, and a file name can contain anything


def environments(incomplete: str) -> Iterator[str]:
    """The descriptions of this repository, then the environments of this machine."""
    with suppress(LocalenvError):
        yield from _fitting((file.stem for file in descriptions()), incomplete)
    yield from _fitting(paths.states(), incomplete)


def resettable(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Environments, then needs and upstreams."""
    yield from environments(incomplete)
    yield from needs(ctx, incomplete)
    yield from upstreams(ctx, incomplete)


def services(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Services under work."""
    yield from _fitting(_names(ctx, Role.SERVICE), incomplete)


def reachable(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Services and upstreams: everything with a URL."""
    yield from _fitting(_names(ctx, Role.SERVICE, Role.UPSTREAM), incomplete)


def running(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Services, needs and stub servers: everything with a log."""
    yield from _fitting(_names(ctx, Role.SERVICE, Role.NEED, Role.STUBS, Role.UPSTREAM), incomplete)


def runnable(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Services, needs and stub servers: everything that can be stopped."""
    yield from _fitting(_names(ctx, Role.SERVICE, Role.NEED, Role.STUBS), incomplete)


def upstreams(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Upstreams."""
    yield from _fitting(_names(ctx, Role.UPSTREAM), incomplete)


def needs(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """The needs of the description."""
    yield from _fitting(_names(ctx, Role.NEED), incomplete)


def scenarios(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """The scenarios of the description."""
    planned = _planned(ctx)
    yield from _fitting(planned.scenarios if planned else (), incomplete)


def profiles(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """The profiles of the description."""
    from localenv.environment.up import preparing  # reads descriptions

    with suppress(LocalenvError):
        services = preparing.description(_request(ctx)).services.values()
        yield from _fitting(sorted({profile for one in services for profile in one.profiles}), incomplete)


def one_of(*values: str) -> Callable[[str], list[str]]:
    """The values of an option that takes no others."""
    return lambda incomplete: [one for one in values if one.startswith(incomplete)]


def _names(ctx: typer.Context, *roles: Role) -> list[str]:
    """The names in the description; empty if it has mistakes."""
    planned = _planned(ctx)
    upstreams = list(planned.upstreams) if planned and Role.UPSTREAM in roles else []
    return [service.name for service in planned.of(*roles)] + upstreams if planned else []


def _planned(ctx: typer.Context) -> Stack | None:
    """The stack of the description; None if it has mistakes."""
    from localenv.environment.up import preparing  # reads descriptions

    with suppress(LocalenvError):
        return preparing.stack(_request(ctx))
    return None


def _request(ctx: typer.Context) -> request.Request:
    return request.Request(target=locating.locate(ctx.params.get("env") or ctx.params.get("option")))


def _fitting(names: Iterable[str], incomplete: str) -> Iterator[str]:
    yield from (name for name in names if name.startswith(incomplete) and _ORDINARY.fullmatch(name))
