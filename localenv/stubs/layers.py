"""An upstream's mappings as the one server takes them: told apart by host, put into layers, traceable to their file."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4, uuid5

from localenv.errors import DescriptionError
from localenv.stack import Upstream
from localenv.stubs import roots
from localenv.stubs.documents import Document, Unreadable, Where

TEST = range(1, 10)  # the priorities of each layer, the most important first
OWN = range(10, 30)
OVERLAY = "test"  # the source of a stub that a test laid on top

_NAMESPACE = UUID("6a1de6a4-6f0c-5b1e-9d7b-0f3c8a54a0f1")
_DEFAULT_PRIORITY = 5  # WireMock's own


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A mapping ready for the server, and where it is written."""

    mapping: dict[str, Any] = field(repr=False)
    document: Document = field(repr=False)
    where: Where


def hosts(upstream: Upstream, published: int | None) -> tuple[str, ...]:
    """The Host headers that mean an upstream: its name with any port, and this machine's addresses of it."""
    here = () if published is None else (f"127.0.0.1:{published}", f"localhost:{published}")
    return (upstream.name, *here)


def mappings(upstream: Upstream, hosts: Sequence[str]) -> list[dict[str, Any]]:
    """Every mapping of its roots for `/__admin/mappings/import`, the first of equals winning.

    The roots have been checked. Raises DescriptionError for one that holds no JSON by now.
    """
    return [one.mapping for one in prepared(upstream, hosts)]


def prepared(upstream: Upstream, hosts: Sequence[str]) -> list[Prepared]:
    """The same with the place each is written at."""
    try:
        found = [one for number, root in enumerate(upstream.roots) for one in _written(number, root)]
    except Unreadable as unreadable:
        raise DescriptionError([unreadable.problem]) from unreadable
    layers = _layers(OWN, [(one.root, _priority(one.mapping)) for one in found])
    prefixes = _prefixes(upstream)
    return [
        Prepared(
            mapping=_ready(upstream, hosts, one, prefixes[one.folder])
            | {"priority": layers[one.root, _priority(one.mapping)]},
            document=one.document,
            where=one.where,
        )
        for one in found
    ]


def bodies(upstream: Upstream) -> dict[str, Path]:
    """Its body files by the names the server has for them; other content has another name, so none is replaced."""
    return {
        prefix + quote(os.fsencode(name)): file
        for root, prefix in _prefixes(upstream).items()
        for name, file in roots.body_files(root)
    }


def overlay(upstream: str, hosts: Sequence[str], stubs: Sequence[Any]) -> list[dict[str, Any]]:
    """Stubs of a test that lie on top of all others of an upstream; each time under new ids."""
    written = [as_mapping(stub) for stub in stubs]
    layers = _layers(TEST, [(0, _priority(mapping)) for mapping in written])
    return [
        _of_upstream(upstream, hosts, mapping, {"upstream": upstream, "source": OVERLAY})
        | {"id": str(uuid4()), "priority": layers[0, _priority(mapping)]}
        for mapping in written
    ]


def as_mapping(stub: Any) -> dict[str, Any]:
    """A stub as plain JSON: a mapping as WireMock writes it, or a `Mapping` of the `wiremock` package.

    Raises TypeError for anything else.
    """
    if isinstance(stub, Mapping):
        return dict(stub)
    if callable(data := getattr(stub, "get_json_data", None)):
        return dict(data())
    raise TypeError(f"a stub is a mapping, not {type(stub).__name__}")


def with_host(mapping: Mapping[str, Any], hosts: Sequence[str]) -> dict[str, Any]:
    """The mapping for requests to these hosts alone; a matcher it has of its own for Host must match as well."""
    request = dict(mapping.get("request", {}))
    headers = dict(request.get("headers", {}))
    own = [headers.pop(name) for name in list(headers) if name.lower() == "host"]
    wanted = [*own, host_matcher(hosts)]
    headers["Host"] = {"and": wanted} if own else wanted[0]
    return {**mapping, "request": {**request, "headers": headers}}


def host_matcher(hosts: Sequence[str]) -> dict[str, Any]:
    """What matches a Host header that means one of these, in any case; one without a port stands for every port."""
    each: list[dict[str, Any]] = [
        {"equalTo": host, "caseInsensitive": True} if ":" in host else {"matches": _any_port(host)} for host in hosts
    ]
    return {"or": each} if len(each) > 1 else each[0]  # WireMock refuses an `or` of one


def means(host: str, hosts: Sequence[str]) -> bool:
    """Whether a Host header means one of these: what `host_matcher` asks of the server."""
    return any(
        host.lower() == one.lower() if ":" in one else re.fullmatch(_any_port(one), host) is not None for one in hosts
    )


def _any_port(host: str) -> str:
    return rf"(?i){re.escape(host)}\.?(:[0-9]+)?"


@dataclass(frozen=True, kw_only=True)
class _Written:
    root: int
    folder: Path
    file: str
    index: int
    mapping: dict[str, Any]
    document: Document
    where: Where


def _written(number: int, root: Path) -> Iterator[_Written]:
    """The mappings of a root, the later one first: as in WireMock it lies on the earlier one."""
    for file in reversed(roots.read(root)):
        for index, (where, mapping) in reversed(tuple(enumerate(file.mappings))):
            yield _Written(
                root=number,
                folder=root,
                file=file.name,
                index=index,
                mapping=mapping,
                document=file.document,
                where=where,
            )


def _ready(upstream: Upstream, hosts: Sequence[str], one: _Written, prefix: str) -> dict[str, Any]:
    about = {"upstream": upstream.name, "source": f"{one.folder.name}/{roots.MAPPINGS}/{one.file}"}
    mapping = _of_upstream(upstream.name, hosts, one.mapping, about)
    mapping["id"] = str(uuid5(_NAMESPACE, "\n".join((upstream.name, str(one.root), one.file, str(one.index)))))
    response = mapping.get("response", {})
    if name := response.get("bodyFileName"):
        located = prefix + (name if "{{" in name else quote(name))
        mapping["response"] = {**response, "bodyFileName": located}
    return mapping


def _of_upstream(
    upstream: str, hosts: Sequence[str], mapping: Mapping[str, Any], about: dict[str, str]
) -> dict[str, Any]:
    # an id of its own could be another's too; `persistent` would have the server write it to its disk
    kept = {key: value for key, value in mapping.items() if key not in {"id", "uuid", "persistent"}}
    if "scenarioName" in kept:
        kept["scenarioName"] = scenario(upstream, kept["scenarioName"])
    kept["metadata"] = {**kept.get("metadata", {}), "localenv": about}
    return with_host(kept, hosts)


def scenario(upstream: str, name: str) -> str:
    """A scenario's name on the server; percent-encoded, because the server does not decode its paths."""
    return f"{upstream}.{quote(name, safe='')}"


def of_scenario(name: str, upstreams: Iterable[str]) -> str:
    """The upstream whose scenario has that name on the server; empty for none of these."""
    return max((one for one in upstreams if name.startswith(f"{one}.")), key=len, default="")


def _prefixes(upstream: Upstream) -> dict[Path, str]:
    return {root: f"{upstream.name}/{roots.digest_of_bodies(root)[:12]}/" for root in upstream.roots}


def _priority(mapping: Mapping[str, Any]) -> int:
    return int(mapping.get("priority", _DEFAULT_PRIORITY))


def _layers(layer: range, written: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The priority in a layer for each (root, priority) as written, in the same order; what does not fit shares."""
    steps = sorted(set(written))
    crowd = max(len(steps), len(layer))
    return {step: layer[rank * len(layer) // crowd] for rank, step in enumerate(steps)}
