"""Assign a request to its upstream by a header of the relay, which knows the port, and the name at a shared port."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localenv.stack import Upstream
from localenv.stack.workers import worker_of
from localenv.stubs import overlap
from localenv.stubs.vocabulary import PASSED

MARK = "X-Localenv-Upstream"  # the header that a relay adds to each request
UNKNOWN = "?"  # its value for a Host header that belongs to no upstream; `?.w1` if worker 1 asks
_NAMEABLE = re.compile(r"[A-Za-z0-9_.-]{1,253}(:[0-9]{1,5})?")


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """How the upstreams of one server are distinguished.

    `shares_ports`: they share ports, so there are requests of unknown hosts.
    """

    upstreams: Collection[str]
    shares_ports: bool = False

    @property
    def is_by_host(self) -> bool:
        """Whether the Host header decides for some requests."""
        return self.shares_ports and self._is_needed

    def of(self, request: Mapping[str, Any], answered_by: str = "") -> str:
        """The upstream of a request in the journal; `answered_by` is that of the stub that answered. Empty for none."""
        marked = mark_of(request)
        return marked if marked in self.upstreams else self._only or answered_by

    def pattern(self, upstream: str) -> dict[str, Any]:
        """A request pattern for an upstream's requests, without those of unknown hosts."""
        return {"headers": {MARK: {"equalTo": upstream}}} if self._is_needed else {}

    def addressed(self, upstream: str, mapping: Mapping[str, Any], *, is_alone: bool = False) -> dict[str, Any]:
        """The mapping limited to requests of an upstream; with `is_alone`, or a Host matcher, also of unknown hosts."""
        request = dict(mapping.get("request", {}))
        headers = {name: value for name, value in request.pop("headers", {}).items() if name != MARK}
        if self._is_needed:
            headers[MARK] = _matcher(upstream, is_open=is_alone or any(name.lower() == "host" for name in headers))
        return _unmarked({**mapping, "request": {**request, "headers": headers} if headers else request})

    def all(
        self, mappings: Sequence[Mapping[str, Any]], others: Iterable[Mapping[str, Any]] = ()
    ) -> list[dict[str, Any]]:
        """Limit mappings to their upstreams, with `is_alone` for those that overlap no other stub, also in `others`."""
        alone = overlap.alone(mappings, [*mappings, *others]) if self.is_by_host else frozenset()
        return [self.addressed(_upstream(one), one, is_alone=one["id"] in alone) for one in mappings]

    def changed(self, stubs: Sequence[Mapping[str, Any]], beside: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The server's stubs whose `is_alone` changes when the mappings `beside` are added."""
        alone = overlap.alone(stubs, [*stubs, *beside]) if stubs else frozenset()
        again = [(one, self.addressed(_upstream(one), one, is_alone=one["id"] in alone)) for one in stubs]
        return [after for before, after in again if after["request"] != before["request"]]

    def again(self, stub: Mapping[str, Any], *, is_alone: bool) -> dict[str, Any]:
        """Limit a stub of the server, which was limited before, again."""
        return self.addressed(_upstream(stub), stub, is_alone=is_alone)

    @property
    def _is_needed(self) -> bool:
        return len(self.upstreams) > 1

    @property
    def _only(self) -> str:
        return next(iter(self.upstreams)) if len(self.upstreams) == 1 else ""


# a request pattern for requests whose Host header belongs to no upstream
STRANGERS: Mapping[str, Any] = {"headers": {MARK: {"matches": r"\?.*"}}}


def unaddressed(stub: Mapping[str, Any]) -> dict[str, Any]:
    """A stub of the server as it was before it was limited to its upstream."""
    request = dict(stub.get("request", {}))
    return {**stub, "request": {**request, "headers": without_mark(request.get("headers", {}))}}


def mark_of(request: Mapping[str, Any]) -> str:
    """The upstream that a relay has added to a request of the journal; empty without one."""
    return _header(request, MARK)


def host_of(request: Mapping[str, Any]) -> str:
    """The Host header of a request in the journal; empty if it has none."""
    return _header(request, "host")


def without_mark(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Headers, or matchers of headers, without that of the relay, and that of requests which a failure passes on."""
    return {name: value for name, value in headers.items() if name.lower() not in (MARK.lower(), PASSED.lower())}


def hosts(upstream: Upstream) -> str:
    """A regular expression for the Host headers of an upstream: its names, with any port where they have none."""
    return "|".join(map(_expression, (upstream.name, *upstream.hosts)))


def is_nameable(host: str) -> bool:
    """Whether `hosts:` of an upstream can name this host: a name or an IPv4 address, with or without a port."""
    return _NAMEABLE.fullmatch(host) is not None


def means(host: str, upstream: Upstream) -> bool:
    """Whether a Host header is one of `hosts`."""
    return re.fullmatch(f"(?i:{hosts(upstream)})", host) is not None


def _matcher(upstream: str, *, is_open: bool) -> dict[str, Any]:
    mine = {"equalTo": upstream}
    return {"or": [mine, {"equalTo": f"{UNKNOWN}{worker_of(upstream)}"}]} if is_open else mine


def _expression(host: str) -> str:
    return re.escape(host) if ":" in host else rf"{re.escape(host)}\.?(:[0-9]+)?"


def _upstream(mapping: Mapping[str, Any]) -> str:
    return str(mapping["metadata"]["localenv"]["upstream"])


def _header(request: Mapping[str, Any], wanted: str) -> str:
    found = (value for name, value in request.get("headers", {}).items() if name.lower() == wanted.lower())
    return _one(next(found, ""))


def _one(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _unmarked(mapping: dict[str, Any]) -> dict[str, Any]:
    """A proxy mapping that removes the mark from requests it forwards; WireMock removes names in lower case alone."""
    response = mapping.get("response", {})
    hidden = [name.lower() for name in response.get("removeProxyRequestHeaders", ())]
    passes = PASSED in response.get("additionalProxyRequestHeaders", ())  # to the server itself
    if "proxyBaseUrl" not in response or MARK.lower() in hidden or passes:
        return mapping
    return {**mapping, "response": {**response, "removeProxyRequestHeaders": [*hidden, MARK.lower()]}}
