"""The request journal of a running stub server, of which no answer is larger than the server can give."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from localenv.stubs import layers, wiremock_2
from localenv.stubs.asking import Asking
from localenv.stubs.recognition import Recognition, host_of

_FIRST_LOOK = 100  # unmatched requests asked for; they tell how large the others are
_LARGEST_ANSWER = 16 << 20  # bytes: the whole journal in one answer could be more than the server's memory holds
_MOST_LOST = 1000

Event = dict[str, Any]  # a request and what became of it, as WireMock writes it


class Journal:
    """What a stub server was asked, with the upstream that each request is of; an empty name stands for none."""

    def __init__(self, asking: Asking, recognition: Recognition) -> None:
        self._asking = asking
        self._recognition = recognition

    def events(self, since: float | None = None, **options: Any) -> list[Event]:
        """Requests with what became of them, the newest first; `since` in milliseconds of the epoch."""
        if since is not None:
            moment = datetime.fromtimestamp(since / 1000, UTC).isoformat(timespec="milliseconds")
            options["since"] = moment.replace("+00:00", "Z")
        found = self._asking.ask("GET", "/requests", params=options).json()["requests"]
        return [_as_unmatched(event) for event in found]

    def newest(self, **options: Any) -> list[Event]:
        """The newest 16 MiB of them."""
        answer = self._asking.ask("GET", "/requests", params={"limit": _FIRST_LOOK, **options})
        found = answer.json()
        if found["meta"]["total"] <= len(found["requests"]):
            return [_as_unmatched(event) for event in found["requests"]]
        fitting = _LARGEST_ANSWER * len(found["requests"]) // len(answer.content)
        return self.events(limit=max(fitting, _FIRST_LOOK), **options)

    def lost(self, since: float) -> list[Event]:
        """The newest that no stub matched, at most 1,000; `since` in milliseconds of the epoch."""
        return self.events(since=since, limit=_MOST_LOST, **self._unanswered)

    def unmatched(self) -> list[Mapping[str, Any]]:
        """The newest 16 MiB of requests that no stub matched."""
        return [event["request"] for event in self.newest(**self._unanswered)]

    def owned(self, events: Iterable[Event]) -> list[tuple[str, Event]]:
        """Events, each behind the name of its upstream."""
        return [(self.upstream_of(event), event) for event in events]

    def upstream_of(self, event: Mapping[str, Any]) -> str:
        """The upstream that a request is of."""
        about = event.get("stubMapping", {}).get("metadata", {}).get("localenv", {})
        return self._recognition.of(event["request"], about.get("upstream", ""))

    def total(self, **options: Any) -> int:
        """How many requests these options choose."""
        answer = self._asking.ask("GET", "/requests", params={"limit": 1, **options}).json()
        return int(answer["meta"]["total"])

    def count(self, pattern: Mapping[str, Any]) -> int:
        """How many requests match a request pattern."""
        return int(self._asking.ask("POST", "/requests/count", json=pattern).json()["count"])

    def strangers(self) -> dict[str, Counter[str]]:
        """For each upstream the Host headers that are none of its own, and how often they came."""
        found: dict[str, Counter[str]] = {}
        for event in self._of_strangers():
            found.setdefault(self.upstream_of(event), Counter())[host_of(event["request"])] += 1
        return found

    @cached_property
    def taken_in(self) -> Counter[str]:
        """How many requests whose Host header is that of no upstream are an upstream's nevertheless."""
        events = self._of_strangers() if self._recognition.is_by_host else []
        return Counter(self.upstream_of(event) for event in events)

    def renew(self) -> None:
        """Count anew what was counted at an earlier moment."""
        self.__dict__.pop("taken_in", None)

    def _of_strangers(self) -> list[Event]:
        if not self.count(self._recognition.strangers):
            return []
        return [event for event in self.newest() if self._recognition.is_stranger(event["request"])]

    @property
    def _unanswered(self) -> dict[str, Any]:
        """What asks for the requests that no stub matched."""
        return {"matchingStub": wiremock_2.FALLBACK} if self._asking.is_old else {"unmatched": "true"}


def _as_unmatched(event: Event) -> Event:
    """An event in which an answer to what no stub matched is none."""
    if layers.is_ignored(event.get("stubMapping", {})):
        event = event | {"wasMatched": False}
    return wiremock_2.as_unmatched(event)
