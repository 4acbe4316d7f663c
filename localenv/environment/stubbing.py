"""The stub servers of a running environment, and loading stubs into them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from localenv.engines import Deployment
from localenv.environment import responding
from localenv.environment.overrides import keeping
from localenv.errors import UsageError
from localenv.host import destinations
from localenv.host.loopback import HERE
from localenv.stack import Reader, Stack, Template, Unmatched, Upstream, references
from localenv.stack.workers import is_copy
from localenv.stubs import responder
from localenv.stubs.recognition import Recognition, means
from localenv.stubs.responder import RESOURCES

if TYPE_CHECKING:
    from localenv.stubs.admin import Admin


def admin(deployment: Deployment, server: str, *, patience: float | None = None) -> "Admin":
    """The admin API of a stub server, whose answers are waited for that many seconds; the caller closes it."""
    from localenv.stubs.admin import Admin  # keeps its HTTP client out of an `up` with nothing to do

    return Admin(
        **({} if patience is None else {"patience": patience}),
        port=int(deployment.resolution.connection(server, Reader.MACHINE).port),
        password=password(deployment, server),
        recognition=recognition(deployment, server),
        resolve=lambda upstream: partial(_resolved, deployment, upstream),
        resources={
            one.name: f"http://{HERE}:{deployment.ports[responder.PORT]}/{RESOURCES}/{one.name}/state"
            for one in _answered(deployment, server)
            if responding.is_stateful(one) and responder.PORT in deployment.ports
        },
        ignoring=[one.name for one in _answered(deployment, server) if one.unmatched is Unmatched.IGNORE],
    )


def recognition(deployment: Deployment, server: str) -> Recognition:
    """How a server distinguishes its upstreams."""
    names = [one.name for one in _answered(deployment, server)]
    return Recognition(upstreams=names, shares_ports=deployment.resolution.place.shares_ports)


def is_host_of(deployment: Deployment, upstream: Upstream, host: str) -> bool:
    """Whether a Host header names an upstream: its names, or its addresses for any reader."""
    place = deployment.resolution.place
    addresses = {place.address(reader, upstream.name) for reader in Reader} | {
        (name, str(deployment.ports[upstream.name])) for name in (HERE, "localhost")
    }
    return means(host, upstream) or any(
        host in (f"{name}:{port}", *([name] if port == "80" else ())) for name, port in addresses
    )


def _answered(deployment: Deployment, server: str) -> list[Upstream]:
    return [one for one in deployment.stack.upstreams.values() if one.server == server]


def _resolved(deployment: Deployment, upstream: str, url: str) -> str:
    """Resolve a URL in a stub for the stub server: the address of a service depends on the engine.

    The stubs of a worker's copy point to the services of that worker.
    """
    if url.startswith(responder.SCHEME):
        return responding.url(deployment, url.removeprefix(responder.SCHEME).replace("{upstream}", upstream))
    if "${" in url:
        template = references.parse(url)
        parts = [
            part if isinstance(part, str) else replace(part, name=_own(deployment, upstream, part.name))
            for part in template.parts
        ]
        return deployment.resolution.text(Template(tuple(parts)), Reader.INSIDE)
    name, _, port = (destinations.of(url) or "").rpartition(":")
    own = _own(deployment, upstream, name)
    server = deployment.stack.services.get(deployment.stack.listeners.get(own, ""))
    named = [one for one in server.ports if one.name == own or one.name.startswith(f"{own}.")] if server else []
    known = next((one.name for one in named if str(one.target) == port), "")
    if not known:
        return url
    host, at = deployment.resolution.place.address(Reader.INSIDE, known)
    return url if (host, at) == (name, port) else destinations.moved(url, f"{host}:{at}")


def _own(deployment: Deployment, upstream: str, name: str) -> str:
    """Map a name in the stubs of an upstream, which may be a worker's copy, to that worker's name."""
    copy = f"{name}{upstream[upstream.index('.') :]}" if is_copy(upstream) else name
    return copy if copy in deployment.stack.ports else name


def own_url(deployment: Deployment, server: str) -> str:
    """The URL under which a stub server reaches itself, without its relay."""
    port = deployment.stack.services[server].port
    assert port is not None
    return f"http://{HERE}:{port.target if deployment.resolution.place.shares_ports else deployment.ports[server]}"


def password(deployment: Deployment, server: str) -> str:
    """The password of a server's admin API."""
    return deployment.resolution.password(server)


def load(deployment: Deployment, *upstreams: str, is_new: bool = False) -> None:
    """Load the stubs of upstreams from disk into the server they share; raises DescriptionError.

    With `is_new` the server has no stubs yet.
    """
    loaded = chosen(deployment.stack, upstreams)
    responding.write(deployment.identity, deployment.stack)
    with admin(deployment, loaded[0].server) as opened:
        opened.load(*loaded, is_new=is_new)


def chosen(stack: Stack, names: Sequence[str]) -> list[Upstream]:
    """The upstreams with these names, or all; raises UsageError for an unknown name."""
    known = stack.upstreams
    for name in names:
        if name not in known:
            raise UsageError(f"unknown upstream '{name}'", hint=f"available: {', '.join(known) or 'none'}")
    return [known[name] for name in names or known]


def reset(deployment: Deployment, names: Sequence[str], *, whole: bool, as_loaded: bool) -> dict[str, tuple[str, ...]]:
    """Reset the server that upstreams share to their stubs, without later changes; returns what had changed.

    `whole`: these are all of its upstreams, and stubs of no upstream are removed too. `as_loaded`: the loaded stubs
    stay if their files cannot be read now. Raises LocalenvError.
    """
    upstreams = chosen(deployment.stack, names)
    with admin(deployment, upstreams[0].server) as opened:
        done = opened.reset(*upstreams, whole=whole, as_loaded=as_loaded)
    keeping.forget(deployment.identity, [one.name for one in upstreams])
    return done
