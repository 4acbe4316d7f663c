"""The real server of an upstream in the place of its stubs, at the same address: the stub server proxies to it.

So journal, failures and recording go on. Credentials are added by a program on this machine, and are in no file, and
not in the journal.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from localenv import paths
from localenv.engines.bridging import LocalRoute
from localenv.environment import stubbing
from localenv.environment.overrides import changes, entries, faults, keeping, real_endings, real_servers
from localenv.environment.overrides.changes import Replacing
from localenv.environment.overrides.entries import Override, OverrideKind, OverrideOwner
from localenv.environment.overrides.real_servers import RealServer
from localenv.errors import LocalenvError, UsageError
from localenv.guard import own_programs
from localenv.host import deadlines, loopback
from localenv.host.loopback import HERE
from localenv.stack import Stack, Upstream, reals, references
from localenv.stubs import passing, vocabulary
from localenv.stubs.responder import forward
from localenv.stubs.server import USER

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_PATIENCE = 10.0  # seconds for the program to listen
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # variables that OpenSSL reads
_PORT, _OBSERVES, _URL = "port", "observes", "url"  # keys of an override's values


@dataclass(frozen=True, kw_only=True)
class Switched(Replacing):
    """A real server in the place of stubs; when the block exits, the one that it `replaced` answers again."""

    @property
    def override(self) -> Override:
        """What the real server is known by."""
        return self.overrides[0]

    def restore(self) -> None:
        """Let the real server before answer again."""
        _restore(self.environment, self.replaced)


def switch(
    environment: "Environment",
    name: str,
    *,
    url: str = "",
    observe: bool = False,
    owner: OverrideOwner | None = None,
    seconds: float | None = None,
) -> Switched:
    """Let the real server of an upstream answer, at `url` or as the description says.

    With `observe`, each answer is compared with that of the stubs, see `observed`. Raises UsageError for a name that is
    not an upstream, and one without a real server; LocalenvError if it does not start. Then nothing has changed.
    """
    upstream = check(environment.stack, name, url)
    headers = _headers(environment, upstream, url)
    begun = entries.new(OverrideKind.REAL, name, owner or changes.owner())
    before = back(environment, name)
    try:
        override = _begin(environment, upstream, begun, headers, url=url, observe=observe, seconds=seconds)
    except BaseException:
        _restore(environment, before)
        raise
    return Switched(environment=environment, overrides=[override], replaced=before)


def _begin(
    environment: "Environment",
    upstream: Upstream,
    begun: Override,
    headers: Mapping[str, str],
    *,
    url: str,
    observe: bool,
    seconds: float | None = None,
) -> Override:
    """Start the real server and let it answer; its time begins when it has started."""
    with _started(environment, upstream, url, begun) as server:
        what = f"real {_shown(server.shown)}{', stubs compared' if observe else ''}"
        values = {**server.owed, _PORT: loopback.free_port(), _URL: server.url, _OBSERVES: observe}
        deadline = begun.deadline if seconds is None else deadlines.after(seconds)
        begun = replace(begun, what=what, values=values, deadline=deadline)
        try:
            stubs = _stubs(begun, _forwarded(environment, begun, headers))
            with stubbing.admin(environment.deployment, upstream.server) as opened:
                override = entries.add(environment.deployment, opened, upstream, stubs, begun)
                faults.refresh(environment.deployment, opened, upstream)
        except BaseException:
            real_endings.end(environment.engine, environment.identity, begun)
            raise
    return override


def _restore(environment: "Environment", before: Sequence[Override]) -> None:
    """Let real servers answer again that were removed, unless their time or owner has ended."""
    for one in before:
        if not one.is_over:
            url = "" if real_servers.is_owed(one.values) else one.values[_URL]
            upstream = check(environment.stack, one.subject, url)
            begun, observe = replace(one, values={}, stubs=()), one.values[_OBSERVES]
            _begin(environment, upstream, begun, _headers(environment, upstream, url), url=url, observe=observe)


@contextmanager
def _started(environment: "Environment", upstream: Upstream, url: str, begun: Override) -> Iterator[RealServer]:
    """What answers for an override: until that is recorded, it ends with this process."""
    identity = environment.identity
    real_endings.end_dead(environment.engine, identity)
    owes = partial(entries.record_start, begun, identity)
    try:
        yield real_servers.start(environment, upstream, url, owes)
    except BaseException:
        keeping.remove(identity, [begun.id])
        raise


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
    if url or (upstream.real and upstream.real.url):
        _check(url or (upstream.real.url if upstream.real else ""))
    return upstream


def back(environment: "Environment", name: str) -> list[Override]:
    """Let the stubs of an upstream answer again; returns what was removed."""
    override = [one for one in changes.active(environment, [name]) if one.kind is OverrideKind.REAL]
    changes.remove(environment, override)
    return override


def recover(environment: "Environment", override: Override) -> None:
    """Start again what no longer runs of an override, because the guard was killed. Raises LocalenvError."""
    if own_programs.is_running(environment.identity, own_programs.real(override.subject)):
        return
    is_described, url = real_servers.is_owed(override.values), override.values[_URL]
    upstream = check(environment.stack, override.subject, "" if is_described else url)
    headers = _headers(environment, upstream, "" if is_described else url)
    if not real_servers.is_running(environment.engine, environment.identity, override.values):
        url = real_servers.start(environment, upstream, "", lambda owed: None).url
    again = replace(override, values={**override.values, _URL: url, _PORT: loopback.free_port()})
    stubs = _stubs(again, _forwarded(environment, again, headers))
    with stubbing.admin(environment.deployment, upstream.server) as opened:
        entries.change(environment.deployment, opened, upstream, stubs, again)
        faults.refresh(environment.deployment, opened, upstream)


def end_unowned(environment: "Environment", known: Sequence[Override]) -> None:
    """End programs of overrides that do not exist, and what a killed command was starting for one."""
    real_endings.end_dead(environment.engine, environment.identity)
    known = [*known, *entries.starting(environment.identity)]
    used = {reals.service_of(one.subject) for one in known if one.kind is OverrideKind.REAL}
    seen = environment.engine.observe(environment.identity).services
    unowned = [name for name in seen if reals.is_real(name) and name not in used]
    if unowned:
        environment.engine.services.discard(environment.identity, unowned)


def _stubs(override: Override, target: str) -> list[dict[str, Any]]:
    """The mappings that proxy to what forwards; a request that asks the stubs for a comparison is left to them."""
    asked = {vocabulary.OBSERVED: {"absent": True}} if override.values[_OBSERVES] else {}
    return passing.passing(override.what.partition(",")[0], 9, target, asked)


def _forwarded(environment: "Environment", override: Override, headers: Mapping[str, str]) -> str:
    """Start the program that forwards; returns where the stub server reaches it.

    Its name there is never used again: the stub server remembers the address of a name for a while.
    """
    identity, port, url = environment.identity, int(override.values[_PORT]), override.values[_URL]
    variables = {forward.URL: url, forward.HEADERS: json.dumps(dict(headers)), **_authorities()}
    if override.values[_OBSERVES]:
        variables[forward.COMPARING] = json.dumps(_comparing(environment, override.subject))
    program, bridges = own_programs.real(override.subject), environment.engine.bridges
    own_programs.stop(identity, program)
    own_programs.start(identity, program, "stubs.responder.forward", str(port), environment=variables)
    if not loopback.awaited(HERE, port, within=_PATIENCE):
        raise LocalenvError(f"the program that forwards to {_shown(url)} does not listen on port {port}")
    route = LocalRoute(name=f"localenv.real.{override.subject}.{port}", port=80, to=port)
    bridges.start(environment.deployment, real_endings.bridge(override.subject), [route])
    host, at = bridges.address(route)
    return f"http://{host}:{at}"


def _authorities() -> dict[str, str]:
    """The certificate authorities that this process trusts, for a program that the guard starts in another folder."""
    known = {name: os.environ[name] for name in _TRUST if os.environ.get(name)}
    return {name: str(Path(where).absolute()) for name, where in known.items()}


def _comparing(environment: "Environment", name: str) -> dict[str, Any]:
    """What the program needs to ask the stubs, and to write down what differs."""
    deployment, server = environment.deployment, environment.stack.upstreams[name].server
    return {
        "upstream": name,
        "port": deployment.ports[name],
        "admin": deployment.ports[server],
        "login": f"{USER}:{stubbing.password(deployment, server)}",
        "file": str(paths.observed(deployment.identity, name)),
        "overrides": str(paths.overrides(deployment.identity)),
    }


def _headers(environment: "Environment", upstream: Upstream, url: str) -> dict[str, str]:
    """The described headers with the variables of this machine; none for another URL than the described one."""
    described = upstream.real
    if described is None or (url and url != described.url):
        return {}
    value = real_servers.value(environment)
    return {name: references.resolve(references.parse(text), value) for name, text in described.headers.items()}


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"'{url}' is not the URL of a server", hint="as in https://api.partner.example")
    if parts.username or parts.password:
        hint = "real: {url: …, headers: {Authorization: 'Bearer ${env.TOKEN}'}} in the description"
        raise UsageError("the URL of a real server must not contain a login", hint=hint)


def _shown(where: str) -> str:
    """A URL without its query; any other text as it is."""
    parts = urlsplit(where)
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/") if parts.netloc else where
