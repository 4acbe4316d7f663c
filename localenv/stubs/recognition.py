"""Assign a request to its upstream: by the port, if a relay marks requests, else by the Host header."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from localenv.stack import Upstream
from localenv.stubs import overlap

MARK = "X-Localenv-Upstream"  # the header that a relay adds to each request

_OWN = "ownHost"  # key in a mapping's metadata: its original Host matcher
_HERE = ("127.0.0.1:", "localhost:")


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """How the upstreams of one server are distinguished; `hosts` are the Host headers of each.

    `is_marked`: every request passes a relay, which adds the upstream of the port.
    """

    hosts: Mapping[str, Sequence[str]]
    is_marked: bool = False

    @property
    def is_by_host(self) -> bool:
        """Whether the Host header decides: there are several upstreams and requests are not marked."""
        return not self.is_marked and len(self.hosts) > 1

    def of(self, request: Mapping[str, Any], answered_by: str = "") -> str:
        """The upstream of a request in the journal; `answered_by` is that of the stub that answered. Empty for none."""
        headers = {name.lower(): value for name, value in request.get("headers", {}).items()}
        if self.is_marked:
            marked = _one(headers.get(MARK.lower(), ""))
            return marked if marked in self.hosts else ""
        return self._meant(_one(headers.get("host", ""))) or self._only or answered_by

    def is_stranger(self, request: Mapping[str, Any]) -> bool:
        """Whether the Host header of a request belongs to no upstream."""
        return not self._meant(host_of(request))

    def pattern(self, upstream: str) -> dict[str, Any]:
        """A request pattern for an upstream's requests, without those of unknown hosts."""
        if self.is_marked:
            return {"headers": {MARK: {"equalTo": upstream}}}
        return {"headers": {"Host": host_matcher(self.hosts[upstream])}} if self.is_by_host else {}

    @property
    def strangers(self) -> dict[str, Any]:
        """A request pattern for requests whose Host header belongs to no upstream."""
        return {"headers": {"Host": self._unknown}}

    def addressed(self, upstream: str, mapping: Mapping[str, Any], *, is_alone: bool = False) -> dict[str, Any]:
        """The mapping limited to requests of an upstream; with `is_alone` also of unknown hosts.

        The mapping's own Host matcher must match as well.
        """
        request = dict(mapping.get("request", {}))
        headers = dict(request.get("headers", {}))
        own = [headers.pop(name) for name in list(headers) if name.lower() == "host"]
        wanted = [*own, *self._wanted(upstream, is_open=is_alone or bool(own))]
        if wanted:
            headers["Host"] = {"and": wanted} if len(wanted) > 1 else wanted[0]
        if self.is_marked:
            headers[MARK] = {"equalTo": upstream}
        request = {**request, "headers": headers}
        return _unmarked({**mapping, "request": request, **_recorded(mapping, own)})

    def all(
        self, mappings: Sequence[Mapping[str, Any]], others: Iterable[Mapping[str, Any]] = ()
    ) -> list[dict[str, Any]]:
        """Limit mappings to their upstreams, with `is_alone` for those that overlap no other stub, also in `others`."""
        alone = overlap.alone(mappings, [*mappings, *others]) if self.is_by_host else frozenset()
        return [self.addressed(_upstream(one), one, is_alone=one["id"] in alone) for one in mappings]

    def changed(self, stubs: Sequence[Mapping[str, Any]], beside: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The server's stubs whose `is_alone` changes when the mappings `beside` are added."""
        alone = overlap.alone(stubs, [*stubs, *beside]) if stubs else frozenset()
        again = [(one, self.again(one, is_alone=one["id"] in alone)) for one in stubs]
        return [after for before, after in again if after["request"] != before["request"]]

    def again(self, stub: Mapping[str, Any], *, is_alone: bool) -> dict[str, Any]:
        """Limit a stub of the server, which was limited before, again."""
        return self.addressed(stub["metadata"]["localenv"]["upstream"], unaddressed(stub), is_alone=is_alone)

    def _wanted(self, upstream: str, *, is_open: bool) -> list[dict[str, Any]]:
        if not self.is_by_host:
            return []
        mine = _matchers(self.hosts[upstream])
        return [_any_of([*mine, self._unknown] if is_open else mine)]

    def _meant(self, host: str) -> str:
        return next((name for name, hosts in self.hosts.items() if means(host, hosts)), "")

    @property
    def _only(self) -> str:
        return next(iter(self.hosts)) if len(self.hosts) == 1 else ""

    @cached_property
    def _unknown(self) -> dict[str, Any]:
        """A matcher for every Host header that belongs to no upstream, and for a missing one."""
        every = [host for hosts in self.hosts.values() for host in hosts]
        ports = [host.rpartition(":")[2] for host in every if host.startswith(_HERE)]
        named = [_expression(host) for host in every if not host.startswith(_HERE)]
        here = [rf"(127\.0\.0\.1|localhost):({'|'.join(dict.fromkeys(ports))})"] if ports else []
        return {"not": {"matches": f"(?i)({'|'.join([*named, *here])})"}}


def unaddressed(stub: Mapping[str, Any]) -> dict[str, Any]:
    """A stub of the server as it was before it was limited to its upstream."""
    about = stub["metadata"]["localenv"]
    request = dict(stub.get("request", {}))
    headers = {name: value for name, value in request.get("headers", {}).items() if name not in ("Host", MARK)}
    own = {"Host": about[_OWN]} if _OWN in about else {}
    return {**stub, "request": {**request, "headers": headers | own}}


def hosts(upstream: Upstream, published: int | None) -> tuple[str, ...]:
    """The Host headers of an upstream: its names with any port, and its addresses on this machine."""
    here = () if published is None else tuple(f"{each}{published}" for each in _HERE)
    return (upstream.name, *here, *upstream.hosts)


def host_of(request: Mapping[str, Any]) -> str:
    """The Host header of a request in the journal; empty if it has none."""
    return next((_one(value) for name, value in request.get("headers", {}).items() if name.lower() == "host"), "")


def host_matcher(hosts: Sequence[str]) -> dict[str, Any]:
    """A case-insensitive matcher for these Host headers; one without a port matches every port."""
    return _any_of(_matchers(hosts))


def means(host: str, hosts: Sequence[str]) -> bool:
    """Whether a Host header is one of these: the same test as `host_matcher`, in Python."""
    return any(re.fullmatch(f"(?i){_expression(one)}", host) is not None for one in hosts)


def _matchers(hosts: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"equalTo": host, "caseInsensitive": True} if ":" in host else {"matches": f"(?i){_expression(host)}"}
        for host in hosts
    ]


def _any_of(matchers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"or": matchers} if len(matchers) > 1 else matchers[0]  # WireMock refuses an `or` of one


def _expression(host: str) -> str:
    return re.escape(host) if ":" in host else rf"{re.escape(host)}\.?(:[0-9]+)?"


def _upstream(mapping: Mapping[str, Any]) -> str:
    return str(mapping["metadata"]["localenv"]["upstream"])


def _one(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _unmarked(mapping: dict[str, Any]) -> dict[str, Any]:
    """A proxy mapping that removes the mark from requests it forwards."""
    response = mapping.get("response", {})
    if "proxyBaseUrl" not in response or MARK not in mapping["request"]["headers"]:
        return mapping
    hidden = [*response.get("removeProxyRequestHeaders", ()), MARK]
    return {**mapping, "response": {**response, "removeProxyRequestHeaders": hidden}}


def _recorded(mapping: Mapping[str, Any], own: Sequence[Any]) -> dict[str, Any]:
    """Metadata with the mapping's original Host matcher."""
    metadata = mapping.get("metadata", {})
    about = metadata.get("localenv")
    if not own or about is None:
        return {}
    return {"metadata": {**metadata, "localenv": {**about, _OWN: own[0]}}}
