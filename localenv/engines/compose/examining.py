"""What the Compose engine needs: the program, the engine behind it, disk, memory, networks."""

import shutil
import time
from datetime import datetime
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from localenv import process
from localenv.engines.compose import daemon, endpoint
from localenv.engines.examining import Checks, Result, ok, problem, space, warning
from localenv.errors import EngineError, LocalenvError
from localenv.process import Invocation, TimedOut
from localenv.stack import Stack

_PATIENCE = 3.0  # seconds for Docker
_OLDEST = (2, 20)  # of Compose
_LITTLE_MEMORY = 2 << 30  # bytes
_DRIFT = 60.0  # seconds between the clocks
_INSTALL = "https://docs.docker.com/engine/install, or run without it: pip install 'localenv[native]'"


def program(stack: Stack | None) -> Result:
    """The command line of Docker."""
    found = shutil.which("docker")
    return ok(found) if found else problem("the program `docker` is not installed", f"install Docker: {_INSTALL}")


def engine(stack: Stack | None) -> Result:
    """The engine answers at its endpoint."""
    try:
        about = _about()
    except EngineError as error:
        return problem(error.message, error.hint)
    context = endpoint.context_name()
    return ok(f"{about.get('ServerVersion', 'unknown')} at {endpoint.named()} (context {context})")


def compose(stack: Stack | None) -> Result | None:
    """The plugin of Compose is there, and not too old."""
    if shutil.which("docker") is None:
        return None
    try:
        done = process.run(
            Invocation(argv=("docker", "compose", "version", "--short"), folder=process.NEUTRAL), timeout=_PATIENCE
        )
    except (LocalenvError, TimedOut):
        return warning("`docker compose version` does not answer")
    version = done.output.strip().lstrip("v")
    if done.code != 0:
        return problem("Docker has no Compose plugin", "install the package docker-compose-plugin")
    numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:2] if part.isdigit())
    if numbers < _OLDEST:
        return warning(f"Compose {version} is older than 2.20", "upgrade docker-compose-plugin")
    return ok(version)


def rootless(stack: Stack | None) -> Result | None:
    """A rootless engine cannot publish low ports."""
    about = _known()
    if about is None:
        return None
    is_rootless = any("rootless" in str(one) for one in about.get("SecurityOptions") or ())
    low = [port.pinned for port in stack.ports.values() if port.pinned and port.pinned < 1024] if stack else []
    if is_rootless and low:
        return problem(f"Docker is rootless and cannot publish port {low[0]}", "publish: a port from 1024 up")
    return ok("rootless" if is_rootless else "no")


def disk(stack: Stack | None) -> Result | None:
    """Space for images and containers."""
    root = Path(str((_known() or {}).get("DockerRootDir") or "/nonexistent"))
    return space(root, few=2 << 30, least=300 << 20, hint="docker system prune") if root.is_dir() else None


def memory(stack: Stack | None) -> Result | None:
    """Memory of the machine, or of the virtual machine, that containers run on."""
    about = _known()
    total = int(about.get("MemTotal") or 0) if about else 0
    if not total:
        return None
    text = f"{total / (1 << 30):.1f} GiB for containers"
    hint = "give Docker at least 2 GiB (Docker Desktop: Settings, Resources)"
    return ok(text) if total >= _LITTLE_MEMORY else warning(text, hint)


def networks(stack: Stack | None) -> Result | None:
    """Room for another network."""
    if _known() is None:
        return None
    found = daemon.connect(_PATIENCE).networks({})
    from localenv.engines.compose import subnets  # imports `docker`

    configured = [one for network in found for one in (network.get("IPAM") or {}).get("Config") or ()]
    taken = [ip_network(one["Subnet"]) for one in configured if ":" not in str(one.get("Subnet", ":"))]
    if subnets.free("doctor", 32, [*taken, *subnets.routes()]) is None:  # type: ignore[list-item]
        return problem(f"{len(found)} networks take every range that localenv uses", "docker network prune")
    return ok(f"{len(found)}, with room for more")


def clock(stack: Stack | None) -> Result | None:
    """The clocks of Docker and of this machine agree."""
    clock = str((_known() or {}).get("SystemTime", ""))
    if not clock:
        return None
    seconds = datetime.fromisoformat(clock[:19] + "+00:00").timestamp() - time.time()
    if clock[-1] == "Z" and abs(seconds) > _DRIFT:
        return warning(f"the clock of Docker is {abs(seconds):.0f} s off", "restart Docker")
    return ok("the same as this machine's")


@cache
def _about() -> dict[str, Any]:
    return daemon.connect(_PATIENCE).about()


def _known() -> dict[str, Any] | None:
    try:
        return _about()
    except EngineError:
        return None


CHECKS: Checks = {
    "docker": program,
    "docker engine": engine,
    "docker compose": compose,
    "docker rootless": rootless,
    "docker disk": disk,
    "docker memory": memory,
    "docker networks": networks,
    "docker clock": clock,
}
