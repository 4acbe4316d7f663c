"""The responder of an environment: what the stub server cannot answer itself; it runs only where something needs it."""

import json
from collections.abc import Iterator

from localenv import paths
from localenv.engines import Deployment, Engine, bridging
from localenv.engines.bridging import LocalRoute
from localenv.errors import NotReadyError
from localenv.guard import own_programs
from localenv.host import files, loopback
from localenv.host.loopback import HERE
from localenv.stack import Port, Stack, Upstream
from localenv.stubs import responder, sources

_PATIENCE = 15.0  # seconds for it to listen
_KEY = "responder"  # of its bridge


def ports(stack: Stack) -> Iterator[Port]:
    """Its port on this machine, if something needs it."""
    if any(one.responder or is_stateful(one) for one in stack.upstreams.values()):
        yield Port(name=responder.PORT, target=0)


def url(deployment: Deployment, path: str) -> str:
    """The address under which the stub server reaches it."""
    is_here = not deployment.resolution.place.shares_ports
    return f"http://{f'{HERE}:{deployment.ports[responder.PORT]}' if is_here else responder.PORT}/{path}"


def is_stateful(upstream: Upstream) -> bool:
    """Whether what is created at an upstream is kept."""
    return any(source.options.get("stateful") is True for source in upstream.sources)


def write(identity: str, stack: Stack) -> None:
    """Write what it answers with; it notices a change."""
    kept = {one.name: one for one in stack.upstreams.values() if is_stateful(one)}
    if kept:
        plans = {
            name: [plan for source in one.sources for plan in sources.resources(source)] for name, one in kept.items()
        }
        text, place = json.dumps(plans), paths.resources(identity)
        if not place.exists() or place.read_text() != text:
            files.write(place, text)
    file = paths.flags(identity)
    if stack.flags and (not file.exists() or file.read_text() != stack.flags):
        files.write(file, stack.flags)


def start(engine: Engine, deployment: Deployment) -> None:
    """Start it unless it runs, wait until it listens, and let the stub server reach it; raises NotReadyError."""
    if responder.PORT not in deployment.ports:
        return
    write(deployment.identity, deployment.stack)
    port, state = deployment.ports[responder.PORT], str(paths.state(deployment.identity))
    own_programs.start(deployment.identity, ".responder", "stubs.responder", str(port), state, environment={})
    if not loopback.awaited(HERE, port, within=_PATIENCE):
        log = paths.log(deployment.identity, ".responder")
        lines = log.read_text().splitlines()[-10:] if log.exists() else []
        raise NotReadyError(f"the responder does not listen on port {port}", log=lines)
    if not bridging.is_running(deployment.identity, _KEY):
        engine.bridges.start(deployment, _KEY, [LocalRoute(name=responder.PORT, port=80, to=port)])
