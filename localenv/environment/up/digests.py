"""Digests over everything that each part of an environment depends on, to detect changes."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from localenv.data import snapshots
from localenv.engines import Deployment
from localenv.plan import Recorded
from localenv.rendering import file_names, image_name
from localenv.stack import Reader, Service, Stack, Upstream


def digests(
    deployment: Deployment,
    build_inputs: Mapping[str, str] | None = None,
    due: Mapping[str, str] | None = None,
    images: Mapping[str, str] | None = None,
) -> Recorded:
    """A digest for each part over everything it depends on: its description and the values of its references.

    `build_inputs`, `due` and `images` come from the engine, see `Images`.
    """
    known = build_inputs or {}
    stack = deployment.stack
    services = stack.services.values()
    return Recorded(
        components={
            **{service.name: _component(deployment, service) for service in services},
            **{upstream.name: _stubs(upstream) for upstream in stack.upstreams.values()},
        },
        jobs={job.name: job.digest for job in stack.jobs},
        builds={
            service.name: _build(deployment, service, known.get(service.name, ""))
            for service in services
            if service.build or service.name in known
        },
        due=due or {},
        images=images or {},
        smoke=_hash(stack.smoke) if stack.smoke else "",
        snapshots=frozenset(snapshots.possible(stack)),
    )


def digest_of_stubs(components: Mapping[str, str], upstream: str) -> str:
    """The digest of an upstream's stubs in the components of a record; empty if there is none."""
    return components.get(upstream, "").partition(" ")[0]


def _component(deployment: Deployment, service: Service) -> str:
    stack, resolution = deployment.stack, deployment.resolution
    runs = replace(service, digest="", build=None)
    resolved = (resolution.environment(service), resolution.resolved(runs, Reader.INSIDE, service.name))
    names = file_names(stack, service)
    files = [(stack.files[name.removesuffix(".pub")], deployment.files.get(name)) for name in names]
    published = [deployment.ports[port.name] for port in service.ports]
    routes = _routes(stack, service) if resolution.place.shares_ports else ()
    return _hash(runs, stack.needs.get(service.name), resolved, files, published, routes)


def _routes(stack: Stack, server: Service) -> tuple[tuple[str, ...], ...]:
    """The Host headers by which the relay of a stub server distinguishes its upstreams."""
    return tuple(one.hosts for port in server.ports if (one := stack.upstreams.get(port.name)))


def _build(deployment: Deployment, service: Service, more: str) -> str:
    if service.build is None:
        return more
    image = image_name(deployment.stack, service)  # it changes when the first service that shares the build is removed
    built = deployment.resolution.resolved(service.build, Reader.INSIDE)
    return f"{_hash(service.digest, service.build, built, image)} {more}"


def _stubs(upstream: Upstream) -> str:
    return f"{upstream.digest} {_hash(upstream)}"


def _hash(*values: object) -> str:
    """Positions are not part of a `repr`, so an empty line in a description changes nothing."""
    return sha256(repr(values).encode(errors="surrogateescape")).hexdigest()
