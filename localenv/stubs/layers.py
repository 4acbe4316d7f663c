"""An upstream's mappings in the form that the shared server takes: in layers, with their origin."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote
from uuid import UUID, uuid4, uuid5

from localenv.errors.problems import KeyPath, Position
from localenv.stack import StubSource, Unmatched, Upstream
from localenv.stubs import jackson, leading, sources, vocabulary
from localenv.stubs.leading import Resolve
from localenv.stubs.overlap import IGNORED
from localenv.stubs.responder import SCHEME
from localenv.stubs.sources.kind import SourceMapping

TEST = range(1, 10)  # the priorities of overrides, the most important first
OVERLAY = "override"  # the source of an override

_NAMESPACE = UUID("6a1de6a4-6f0c-5b1e-9d7b-0f3c8a54a0f1")
_PATH = "/!$&'()*+,;=:@"  # these need no encoding in a path, so that templates find such files too
_TEMPLATE = "response-template"
_LAST = 1000  # a priority after all others
_DEFAULT_PRIORITY = 5  # WireMock's default


@dataclass(frozen=True, kw_only=True)
class LayeredMapping:
    """A mapping ready for the server, with the positions of its parts."""

    mapping: dict[str, Any] = field(repr=False)
    at: Callable[[KeyPath], Position | None] = field(repr=False)


def mappings(upstream: Upstream, resolve: Resolve = str) -> list[dict[str, Any]]:
    """Every mapping of its sources for `/__admin/mappings/import`; the first of equal ones wins.

    The sources have been checked. Raises DescriptionError if one can no longer be read.
    """
    return [one.mapping for one in prepared(upstream, resolve)]


def prepared(upstream: Upstream, resolve: Resolve = str) -> list[LayeredMapping]:
    """The same mappings with their positions; `resolve` maps URLs to the addresses that the server uses."""
    found = [
        _Given(number, source, one)
        for number, source in enumerate(upstream.sources)
        for one in sources.mappings(source)
    ]
    return [*_layered(upstream, resolve, found), *_answered_elsewhere(upstream, resolve), *_ignored(upstream)]


def parts(upstream: Upstream, resolve: Resolve = str) -> Iterator[list[LayeredMapping]]:
    """Those mappings that are still being made, as they will be prepared: one part wins over those before it."""
    every = [sources.layer(source) for source in upstream.sources]
    for number, source in enumerate(upstream.sources):
        if every.count(every[number]) == 1:  # else its priorities depend on those of others
            for part in sources.parts(source):
                yield _layered(upstream, resolve, [_Given(number, source, one) for one in part])


def ignored_id(upstream: str) -> str:
    """The id of the stub that answers an upstream's unmatched requests."""
    return str(uuid5(_NAMESPACE, f"{upstream}\n{IGNORED}"))


def is_ignored(stub: Mapping[str, Any]) -> bool:
    """Whether a stub of the server answers unmatched requests."""
    return bool(stub.get("metadata", {}).get("localenv", {}).get("source") == IGNORED)


def bodies(upstream: Upstream) -> dict[str, Path]:
    """Its body files by their names on the server; different content has a different name, so none is overwritten."""
    prefixes = [(source, _prefix(upstream, source)) for source in upstream.sources]
    return {
        prefix + _stored(name): file for source, prefix in prefixes for name, file in sources.bodies(source).items()
    }


def overlay(
    upstream: str, stubs: Sequence[Any], resolve: Resolve = str, *, is_templated: bool = False
) -> list[dict[str, Any]]:
    """Stubs with precedence over all others of an upstream; every call creates new ids.

    Their priorities are kept from 1 to 9; a larger one counts as 9.
    """
    return [
        _of_upstream(upstream, resolve, is_templated, mapping, {"upstream": upstream, "source": OVERLAY})
        | {"id": str(uuid4()), "priority": min(max(_priority(mapping), TEST[0]), TEST[-1])}
        for mapping in map(as_mapping, stubs)
    ]


def as_mapping(stub: Any) -> dict[str, Any]:
    """Convert a stub to plain JSON: a WireMock mapping, or a `Mapping` of the `wiremock` package.

    Raises TypeError for anything else.
    """
    if isinstance(stub, Mapping):
        return dict(stub)
    if callable(data := getattr(stub, "get_json_data", None)):
        return dict(data())
    raise TypeError(f"a stub must be a mapping, not {type(stub).__name__}")


class _Given(NamedTuple):
    """A mapping, and the index of its source in the upstream."""

    number: int
    source: StubSource
    given: SourceMapping

    @property
    def priority(self) -> int:
        return _priority(self.given.mapping)


def _ignored(upstream: Upstream) -> Iterator[LayeredMapping]:
    """The stub that answers unmatched requests if the description ignores them, so that the program gets no error."""
    if upstream.unmatched is not Unmatched.IGNORE:
        return
    mapping = {
        "id": ignored_id(upstream.name),
        "priority": _LAST,
        "request": {"method": "ANY"},
        "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": "{}"},
        "metadata": {"localenv": {"upstream": upstream.name, "source": IGNORED}},
    }
    yield LayeredMapping(mapping=mapping, at=lambda where: None)


def _answered_elsewhere(upstream: Upstream, resolve: Resolve) -> Iterator[LayeredMapping]:
    """The stub that proxies to the responder, if that answers for the upstream."""
    if not upstream.responder:
        return
    mapping: dict[str, Any] = {
        "id": str(uuid5(_NAMESPACE, f"{upstream.name}\n{SCHEME}")),
        "name": upstream.responder,
        "priority": _LAST - 1,
        "request": {"method": "ANY"},
        "response": {"proxyBaseUrl": f"{SCHEME}{upstream.responder}/{upstream.name}"},
        "metadata": {"localenv": {"upstream": upstream.name, "source": SCHEME}},
    }
    yield LayeredMapping(mapping=leading.resolved(mapping, resolve), at=lambda where: None)


def _layered(upstream: Upstream, resolve: Resolve, found: Sequence[_Given]) -> list[LayeredMapping]:
    priorities = _priorities(found)
    prefixes = [_prefix(upstream, source) for source in upstream.sources]
    return [
        LayeredMapping(
            mapping=_ready(upstream, resolve, one, prefixes[one.number])
            | {"priority": priorities[one.number, one.priority]},
            at=one.given.at,
        )
        for one in found
    ]


def _ready(upstream: Upstream, resolve: Resolve, one: _Given, prefix: str) -> dict[str, Any]:
    about = {"upstream": upstream.name, "source": one.given.origin, **one.given.about}
    mapping = _of_upstream(upstream.name, resolve, upstream.is_templated, one.given.mapping, about)
    identity = (upstream.name, one.source.kind, str(one.number), one.given.name)
    mapping["id"] = str(uuid5(_NAMESPACE, "\n".join(identity)))
    response = mapping.get("response", {})
    if name := jackson.text(response.get("bodyFileName")):
        located = prefix + (name if "{{" in name else _stored(name))
        mapping["response"] = {**response, "bodyFileName": located}
    return mapping


def _of_upstream(
    upstream: str, resolve: Resolve, is_templated: bool, mapping: Mapping[str, Any], about: dict[str, str]
) -> dict[str, Any]:
    # its id could clash with another's; `persistent` would make the server write it to its disk
    known = jackson.without_nulls(mapping).items()
    kept = {key: value for key, value in known if key not in vocabulary.OF_ONE_SERVER}
    if "scenarioName" in kept:
        kept["scenarioName"] = scenario(upstream, jackson.text(kept["scenarioName"]) or "")
    kept["metadata"] = {**kept.get("metadata", {}), "localenv": about}
    if is_templated:
        kept["response"] = templated(kept.get("response", {}))
    return leading.resolved(kept, resolve)


def templated(response: Mapping[str, Any]) -> dict[str, Any]:
    """A response with templating enabled, as with WireMock's option `--global-response-templating`."""
    names = list(response.get("transformers", ()))
    return {**response, "transformers": names if _TEMPLATE in names else [*names, _TEMPLATE]}


def scenario(upstream: str, name: str) -> str:
    """The name of a scenario on the server; percent-encoded, because the server does not decode its paths."""
    return f"{upstream}.{quote(name, safe='')}"


def own_scenario(name: str, upstream: str) -> str:
    """The name of a server's scenario as written in an upstream's files."""
    return unquote(name.removeprefix(f"{upstream}.")) if upstream else name


def of_scenario(name: str, upstreams: Iterable[str]) -> str:
    """The upstream of a scenario with that name on the server; empty if it belongs to none of these."""
    return max((one for one in upstreams if name.startswith(f"{one}.")), key=len, default="")


def _prefix(upstream: Upstream, source: StubSource) -> str:
    return f"{upstream.name}/{sources.digest_of_bodies(source)[:12]}/"


def _stored(name: str) -> str:
    """The name of a body file on the server, which stores the path of the upload without decoding it."""
    return quote(os.fsencode(name), safe=_PATH)


def _priorities(found: Sequence[_Given]) -> dict[tuple[int, int], int]:
    """Map each (source index, written priority) to a priority; the order within a layer is kept."""
    whole: dict[tuple[int, int], int] = {}
    for layer in {sources.layer(one.source) for one in found}:
        whole |= _layers(layer, [(one.number, one.priority) for one in found if sources.layer(one.source) == layer])
    return whole


def _priority(mapping: Mapping[str, Any]) -> int:
    found = jackson.whole(mapping.get("priority"))
    return _DEFAULT_PRIORITY if found is None else found


def _layers(layer: range, written: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Map each (source index, written priority) to one of the layer, in order; those that do not fit share one.

    Those of a single source keep their distances where they fit, so that each is the same whatever others there are.
    """
    steps = sorted(set(written))
    if len({number for number, _ in steps}) == 1 and steps[0][1] >= 1 and steps[-1][1] <= len(layer):
        return {step: layer[step[1] - 1] for step in steps}
    crowd = max(len(steps), len(layer))
    return {step: layer[rank * len(layer) // crowd] for rank, step in enumerate(steps)}
