"""The real server of an upstream in the place of its stubs, at the same address: the stub server proxies to it.

So journal, failures and recording go on. Credentials are added by a program on this machine, and are in no file, and
not in the journal.
"""

import json
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localenv.engines.bridging import LocalRoute
from localenv.environment import changes, faults, overrides, own_programs, stubbing, variables
from localenv.environment.overrides import Override, OverrideKind, OverrideOwner
from localenv.errors import UsageError
from localenv.host.loopback import HERE
from localenv.host.waiting import until
from localenv.stack import Real, Reference, Stack, Upstream, references
from localenv.stubs.responder import forward

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_PATIENCE = 10.0  # seconds for the program to listen


def switch(
    environment: "Environment",
    name: str,
    *,
    url: str = "",
    owner: OverrideOwner | None = None,
    seconds: float | None = None,
) -> Override:
    """Let the real server of an upstream answer, at `url` or where the description says.

    Raises UsageError, with nothing changed, for a name that is not an upstream, and one without a real server.
    """
    upstream = check(environment.stack, name, url)
    said = upstream.real
    address = url or (said.url if said else "")
    _check(address)
    headers = _headers(environment.stack, said) if said and address == said.url else {}
    back(environment, name)
    target = _forwarded(environment, name, address, headers)
    stub = {
        "name": f"real {_shown(address)}",
        "priority": 9,
        "request": {"method": "ANY"},
        "response": {"proxyBaseUrl": target},
    }
    begun = overrides.new(OverrideKind.REAL, name, owner or changes.owner(), seconds=seconds)
    begun = replace(begun, what=f"real {_shown(address)}")
    with stubbing.admin(environment.deployment, upstream.server) as opened:
        override = overrides.add(environment.deployment, opened, upstream, [stub], begun)
        faults.refresh(environment.deployment, opened, upstream)
    return override


def check(stack: Stack, name: str, url: str = "") -> Upstream:
    """The upstream of this name; raises UsageError for another name, or if neither `url` nor the description says where
    its real server is.
    """
    (upstream,) = stubbing.chosen(stack, [name])
    if upstream.responder:
        raise UsageError(f"{name} has no real server: localenv evaluates its flags", hint="localenv flags")
    if not url and upstream.real is None:
        hint = f"localenv real {name} https://…, or real: {{url: https://…}} in the description"
        raise UsageError(f"upstream '{name}' has no real server", hint=hint)
    return upstream


def back(environment: "Environment", name: str) -> list[Override]:
    """Let the stubs of an upstream answer again; returns what was removed."""
    ended = [one for one in changes.active(environment, [name]) if one.kind is OverrideKind.REAL]
    changes.remove(environment, ended)
    own_programs.stop(environment.identity, own_programs.real(name))
    if ended:
        environment.engine.bridges.stop(environment.identity, f"real-{name}")
    return ended


def _forwarded(environment: "Environment", name: str, url: str, headers: Mapping[str, str]) -> str:
    """Start the program that forwards to a URL; returns where the stub server reaches it."""
    with socket.create_server((HERE, 0)) as probe:
        port = probe.getsockname()[1]
    variables = {forward.URL: url, forward.HEADERS: json.dumps(dict(headers))}
    program = own_programs.real(name)
    own_programs.start(environment.identity, program, "stubs.responder.forward", str(port), environment=variables)
    if not until(lambda: _listens(port), within=_PATIENCE):
        raise UsageError(f"the program that forwards to {_shown(url)} does not listen on port {port}")
    route = LocalRoute(name=f"localenv.real.{name}", port=80, to=port)
    environment.engine.bridges.start(environment.deployment, f"real-{name}", [route])
    host, at = environment.engine.bridges.address(route)
    return f"http://{host}:{at}"


def _headers(stack: Stack, said: Real) -> dict[str, str]:
    """Its headers with the variables of this machine; raises UsageError for one that is not set."""
    known = variables.read(stack.folder).values

    def value(reference: Reference) -> str:
        found = known.get(reference.attribute) or reference.default
        if found is None:
            raise UsageError(f"the variable {reference.attribute} is not set", hint=reference.message or "")
        return found

    return {name: references.resolve(references.parse(text), value) for name, text in said.headers.items()}


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HERE, port), timeout=1).close()
    except OSError:
        return False
    return True


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"'{url}' is not the URL of a server", hint="as in https://api.partner.example")
    if parts.username or parts.password:
        hint = "real: {url: …, headers: {Authorization: 'Bearer ${env.TOKEN}'}} in the description"
        raise UsageError("the URL of a real server must not contain a login", hint=hint)


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
