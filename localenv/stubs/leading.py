"""URLs in stubs: proxies to another server, and calls that a stub makes itself."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from localenv.errors import DescriptionError
from localenv.errors.problems import KeyPath, Problem
from localenv.host import destinations
from localenv.stack import Reference, Upstream, references
from localenv.stubs import jackson, sources, vocabulary
from localenv.stubs.sources.kind import SourceMapping

Resolve = Callable[[str], str]  # a URL in a stub → its address for the server

_ATTRIBUTES: Mapping[str, str] = {"url": "http://{}", "address": "{}:80", "host": "{}", "port": "80"}  # of references


def looked_at(upstream: Upstream, known: tuple[str, ...]) -> Upstream:
    """The upstream with the servers that it proxies to; `known` are the hosts that its stubs may call.

    Raises DescriptionError for a stub that calls another host.
    """
    found = [(one, where, _named(url)) for one in _mappings(upstream) for where, url in _urls(one.mapping)]
    problems = [
        Problem(
            f"a stub of {upstream.name} leads to {url}, which is neither this environment's nor allowed",
            one.at(where),
            f"name a service, need or upstream; or allow the host in your own settings: hosts: [{_host(url)}]",
        )
        for one, where, url in found
        if not (there := destinations.of(url)) or not destinations.is_among(there, known)
    ]
    if problems:
        raise DescriptionError(problems)
    proxied = (destinations.of(url) or url for _, where, url in found if where[-1] == "proxyBaseUrl")
    return replace(upstream, proxies=tuple(dict.fromkeys(proxied)))


def resolved(mapping: Mapping[str, Any], resolve: Resolve) -> dict[str, Any]:
    """The mapping with every URL resolved for the server."""
    found = dict(mapping)
    response = found.get("response")
    if isinstance(response, Mapping) and "proxyBaseUrl" in response:
        found["response"] = {**response, "proxyBaseUrl": resolve(str(response["proxyBaseUrl"]))}
    for key in vocabulary.LISTENERS:
        if isinstance(written := found.get(key), list):
            found[key] = [_calling(one, "parameters", resolve) for one in written]
        elif isinstance(written, Mapping):
            found[key] = {name: _calling({"": one}, "", resolve)[""] for name, one in written.items()}
    return found


def _calling(listener: Any, key: str, resolve: Resolve) -> Any:
    parameters = listener.get(key) if isinstance(listener, Mapping) else None
    if not isinstance(parameters, Mapping) or "url" not in parameters:
        return listener
    return {**listener, key: {**parameters, "url": resolve(str(parameters["url"]))}}


def _named(url: str) -> str:
    """The URL with each reference replaced by its name, if it has one."""
    if "${" not in url:
        return url
    try:
        return references.resolve(references.parse(url), _name)
    except references.MalformedReference:
        return url


def _name(reference: Reference) -> str:
    form = _ATTRIBUTES.get(reference.attribute)
    return form.format(reference.name) if form else str(reference)


def _mappings(upstream: Upstream) -> Iterator[SourceMapping]:
    for source in filter(sources.leads_away, upstream.sources):
        yield from sources.mappings(source)


def _urls(mapping: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    known = jackson.without_nulls(mapping)
    response = known.get("response")
    if isinstance(response, Mapping) and "proxyBaseUrl" in response:
        yield ("response", "proxyBaseUrl"), str(response["proxyBaseUrl"])
    for key in vocabulary.LISTENERS:
        written = known.get(key)
        mapped = () if isinstance(written, list) else dict(written or {}).values()
        listeners = written if isinstance(written, list) else [{"parameters": one} for one in mapped]
        for one in listeners:
            parameters = one.get("parameters") if isinstance(one, Mapping) else None
            if isinstance(parameters, Mapping) and "url" in parameters:
                yield (key,), str(parameters["url"])


def _host(url: str) -> str:
    return destinations.of(url) or "HOST:PORT"
