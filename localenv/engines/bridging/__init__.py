"""Lead services to programs on this machine: a forwarder under the guard, for every engine."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localenv import paths
from localenv.errors import EngineError
from localenv.guard import client, where
from localenv.host import loopback

_PATIENCE = 12.0  # seconds for a port to be free
INTERNAL = "internal"  # the role of programs that are not in the description, and not shown


@dataclass(frozen=True, kw_only=True)
class LocalRoute:
    """A program on this machine, at 127.0.0.1 or ::1 on port `to`, that services reach as `name` on `port`.

    Addresses in `listen` lead to it too. `refusal` is the text of the 503 that an HTTP client gets while nothing
    listens there; empty for other protocols, whose connections are reset. What clients send arrives `delay` seconds
    late.
    """

    name: str
    port: int
    to: int
    refusal: str = ""
    listen: tuple[tuple[str, int], ...] = ()
    delay: float = 0


@dataclass(frozen=True, kw_only=True)
class Tunnel:
    """Where a bridge in a container network takes connections from this machine."""

    host: str
    port: int
    token: str


def detour(name: str) -> str:
    """The key of the routes that lead the clients of a need somewhere else."""
    return f"detour-{name}"


def start(identity: str, key: str, routes: Sequence[LocalRoute], tunnel: Tunnel | None = None) -> None:
    """Forward to the routes until `stop`, or the end of the environment. Raises EngineError."""
    listen = [_settings(route) | {"host": host, "port": port} for route in routes for host, port in route.listen]
    settings: dict[str, Any] = {"listen": listen}
    if tunnel:
        by_port = {str(route.port): _settings(route) for route in routes}
        settings["tunnel"] = {"host": tunnel.host, "port": tunnel.port, "token": tunnel.token, "routes": by_port}
    stop(identity, key)
    program = Path(__file__).resolve().with_name("forward.py")
    spec = {
        "name": _name(key),
        "role": INTERNAL,
        "argv": [sys.executable, "-I", "-S", str(program)],
        "environment": {
            "PATH": os.environ.get("PATH", os.defpath),
            "BRIDGE": json.dumps(settings),
            where.MARK: f"{identity}/{_name(key)}",
        },
        "folder": "/",
        "log": str(paths.log(identity, _name(key))),
        "patience": 0.0,
    }
    _ask(identity, "spawn", spec=spec)
    for route in routes:
        for host, port in route.listen:
            # the service that it replaces may take a moment to free the port
            if not loopback.awaited(host, port, within=_PATIENCE):
                raise EngineError(f"cannot listen on {host}:{port}: another program may use it")


def stop(identity: str, key: str) -> None:
    """End the forwarder, if there is one."""
    with suppress(EngineError):
        _ask(identity, "stop", names=[_name(key)], forget=True)


def is_running(identity: str, key: str) -> bool:
    """Whether the forwarder runs."""
    with suppress(EngineError):
        children = _ask(identity, "list")["children"]
        return any(one["name"] == _name(key) and not one["gone"] for one in children)
    return False


def _settings(route: LocalRoute) -> dict[str, Any]:
    return {"to": route.to, "refusal": route.refusal, "delay": route.delay}


def _name(key: str) -> str:
    return f".bridge.{key}"


def _ask(identity: str, do: str, **more: Any) -> Mapping[str, Any]:
    try:
        return client.ask(paths.state(identity, make=False), do, **more)
    except client.NoGuard as error:
        raise EngineError(
            f"the guard of the environment does not answer ({error})", hint="localenv down, then up"
        ) from error
    except client.RequestRefused as error:
        raise EngineError(f"the guard: {error}") from error
