"""Why a request is answered by one stub and not by others: the nearest stubs, and a mapping that would match it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localenv import redaction
from localenv.stubs import journal, layers, pasting
from localenv.stubs.calls import name_of
from localenv.stubs.journal import AskServer
from localenv.stubs.recognition import host_of

NEAREST = 3  # stubs to show
_LAST = 1 << 30  # after every priority


@dataclass(frozen=True, kw_only=True)
class NearStub:
    """A stub, and in which ways a request differs from it; in none if it matches."""

    name: str
    source: str  # its file, relative to the folder of its source; empty for an added stub
    differences: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"name": self.name, "source": self.source or None, "differences": list(self.differences)}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A request, the stub that answers it, and the nearest other stubs."""

    upstream: str  # empty for none
    method: str
    url: str  # path and query
    host: str = ""  # its Host header
    id: str = ""  # in the journal; empty for a request that was not sent
    time: float | None = None  # seconds since the epoch
    answered_by: NearStub | None = None
    nearest: tuple[NearStub, ...] = ()
    mapping: Mapping[str, Any] = field(default_factory=dict)  # that matches it and similar ones

    @property
    def title(self) -> str:
        """Method and path."""
        return f"{self.method} {self.url.partition('?')[0]}"

    @property
    def text(self) -> str:
        """The mapping as a file."""
        return json.dumps(self.mapping, indent=2, ensure_ascii=False) + "\n"

    def document(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        return {
            "id": self.id or None,
            "time": self.time,
            "upstream": self.upstream or None,
            "method": self.method,
            "url": redaction.redacted(self.url),
            "answered_by": self.answered_by.document() if self.answered_by else None,
            "nearest": [one.document() for one in self.nearest],
            "mapping": self.mapping,
        }


def explain(
    upstream: str,
    request: Mapping[str, Any],
    stubs: Sequence[Mapping[str, Any]],
    states: Mapping[str, str],
    ask: AskServer,
) -> Explanation:
    """Explain a request of the journal by the stubs of its upstream as they are now."""
    found = journal.nearest(request, sorted(stubs, key=_precedence), states, ask, NEAREST)
    near = [_near(stub, differences) for stub, differences in found]
    answering = near.pop(0) if near and not near[0].differences else None
    return Explanation(
        upstream=upstream,
        method=request["method"],
        url=request["url"],
        host=host_of(request),
        answered_by=answering,
        nearest=tuple(near),
        mapping=suggestion(request),
    )


def of_event(event: Mapping[str, Any], explained: Explanation) -> dict[str, Any]:
    """What the journal says of a request beyond its explanation: when it came, and the stub that answered it then."""
    stub = event.get("stubMapping", {})
    answered = _near(stub, ()) if event.get("wasMatched", True) else None
    others = [one for one in (explained.answered_by, *explained.nearest) if one and one != answered]
    moment = event["request"]["loggedDate"] / 1000
    return {"id": event["id"], "time": moment, "answered_by": answered, "nearest": tuple(others[:NEAREST])}


def suggestion(request: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping to save, named after what it answers."""
    mapping = pasting.mapping(request)
    pattern = mapping["request"]
    return {"name": f"{pattern['method']} {pattern.get('urlPath') or pattern['urlPathPattern']}", **mapping}


def _near(stub: Mapping[str, Any], differences: tuple[str, ...]) -> NearStub:
    source = stub.get("metadata", {}).get("localenv", {}).get("source", "")
    return NearStub(name=name_of(stub), source="" if source == layers.OVERLAY else source, differences=differences)


def _precedence(stub: Mapping[str, Any]) -> tuple[int, int]:
    """WireMock's own order: the smallest priority, then the newest."""
    return stub.get("priority", _LAST), -stub.get("insertionIndex", 0)
