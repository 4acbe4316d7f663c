"""Exceptions from the `proxies` of a user's Docker configuration, which Docker sets in every container.

https://docs.docker.com/engine/cli/proxy/
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from localenv.engines.compose import endpoint
from localenv.host import files
from localenv.paths import compose_files
from localenv.rendering import escaped
from localenv.stack import Stack

_HERE = ("localhost", "127.0.0.1", "::1", "host.docker.internal")


def exceptions(stack: Stack) -> dict[str, str]:
    """The variables that exclude names in the stack from the proxy; empty without a proxy."""
    configured = [one for one in _configured() if any(one.get(f"{kind}Proxy") for kind in ("http", "https", "all"))]
    if not configured:
        return {}
    given = [str(one.get("noProxy") or "") for one in configured]
    hosts = ",".join(dict.fromkeys([*filter(None, given), *_HERE, *_names(stack)]))
    return {"NO_PROXY": hosts, "no_proxy": hosts}


def write(stack: Stack, folder: Path) -> None:
    """Write the file that sets these variables for every service; no file without a proxy."""
    more = {name: escaped(text) for name, text in exceptions(stack).items()}
    if not more:
        compose_files.proxies(folder).unlink(missing_ok=True)
        return
    services = {one.name: {"environment": _unless_set(more, one.environment)} for one in stack.services.values()}
    files.write(compose_files.proxies(folder), json.dumps({"services": services}, indent=1))


def _unless_set(more: Mapping[str, str], given: Iterable[str]) -> dict[str, str]:
    return {} if any(name.lower() == "no_proxy" for name in given) else dict(more)


def _names(stack: Stack) -> list[str]:
    """Every name in the environment's network."""
    aliases = [alias for one in stack.services.values() for alias in one.aliases]
    return [*stack.services, *stack.needs, *stack.upstreams, *aliases]


def _configured() -> list[Mapping[str, Any]]:
    """The proxies of every Docker engine in the configuration; Docker decides which one applies."""
    found = endpoint.configured().get("proxies")
    return [one for one in found.values() if isinstance(one, Mapping)] if isinstance(found, Mapping) else []
