"""Read the request journal of a running stub server, in responses of limited size."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from localenv.stubs import layers, narrowing, not_found, vocabulary
from localenv.stubs.asking import Asking
from localenv.stubs.recognition import STRANGERS, UNKNOWN, Recognition, host_of, mark_of

_FIRST_LOOK = 100  # unmatched requests in the first query, to estimate the size of the others
_LARGEST_ANSWER = 16 << 20  # bytes: a response with the whole journal could exceed the server's memory
_MOST_LOST = 1000

ServeEvent = dict[str, Any]  # a request and its result, in WireMock's format


class Journal:
    """The journal of a stub server, with the upstream of each request; an empty name stands for none."""

    def __init__(self, asking: Asking, recognition: Recognition) -> None:
        self._asking = asking
        self._recognition = recognition
        self.left_out = 0  # requests that the last answer of `newest` lacks

    def events(self, since: float | None = None, *, whole: bool = False, **options: Any) -> list[ServeEvent]:
        """Requests with their results, the newest first; `since` in milliseconds of the epoch.

        `whole`: also those that the server and its programs have made.
        """
        if since is not None:
            moment = datetime.fromtimestamp(since / 1000, UTC).isoformat(timespec="milliseconds")
            options["since"] = moment.replace("+00:00", "Z")
        found: list[ServeEvent] = self._asking.ask("GET", "/requests", params=options).json()["requests"]
        return found if whole else _shown(found)

    def newest(self, **options: Any) -> list[ServeEvent]:
        """The newest 16 MiB of requests with their results."""
        answer = self._asking.ask("GET", "/requests", params={"limit": _FIRST_LOOK, **options})
        found = answer.json()
        if found["meta"]["total"] <= len(found["requests"]):
            self.left_out = 0
            return _shown(found["requests"])
        most = max(_LARGEST_ANSWER * len(found["requests"]) // len(answer.content), _FIRST_LOOK)
        self.left_out = max(found["meta"]["total"] - most, 0)
        return self.events(limit=most, **options)

    def lost(self, since: float) -> list[ServeEvent]:
        """The newest unmatched requests, at most 1,000; `since` in milliseconds of the epoch."""
        found = [self.events(since=since, limit=_MOST_LOST, **options) for options in self._unanswered]
        return _merged(found)[:_MOST_LOST]

    def unmatched(self) -> list[Mapping[str, Any]]:
        """The newest 16 MiB of unmatched requests."""
        return [event["request"] for event in _merged([self.newest(**options) for options in self._unanswered])]

    def owned(self, events: Iterable[ServeEvent]) -> list[tuple[str, ServeEvent]]:
        """Events with the name of their upstream."""
        return [(self.upstream_of(event), event) for event in events]

    def upstream_of(self, event: Mapping[str, Any]) -> str:
        """The upstream of a request."""
        about = event.get("stubMapping", {}).get("metadata", {}).get("localenv", {})
        return self._recognition.of(event["request"], about.get("upstream", ""))

    def total(self, **options: Any) -> int:
        """The number of requests that these options select."""
        answer = self._asking.ask("GET", "/requests", params={"limit": 1, **options}).json()
        return int(answer["meta"]["total"])

    def count(self, pattern: Mapping[str, Any]) -> int:
        """The number of requests that match a request pattern; one that a failure passes on counts once."""
        pattern = narrowing.joined(pattern, {"headers": {vocabulary.PASSED: {"absent": True}}})
        return int(self._asking.ask("POST", "/requests/count", json=pattern).json()["count"])

    def strangers(self) -> dict[str, Counter[str]]:
        """For each upstream, the foreign Host headers of its requests, with their counts."""
        found: dict[str, Counter[str]] = {}
        for event in self._of_strangers():
            found.setdefault(self.upstream_of(event), Counter())[host_of(event["request"])] += 1
        return found

    @cached_property
    def taken_in(self) -> Counter[str]:
        """For each upstream, the number of its requests whose Host header belongs to no upstream."""
        events = self._of_strangers() if self._recognition.is_by_host else []
        return Counter(self.upstream_of(event) for event in events)

    def renew(self) -> None:
        """Drop cached counts."""
        self.__dict__.pop("taken_in", None)

    def _of_strangers(self) -> list[ServeEvent]:
        if not self.count(STRANGERS):
            return []
        return [event for event in self.newest() if mark_of(event["request"]).startswith(UNKNOWN)]

    @property
    def _unanswered(self) -> Iterator[dict[str, Any]]:
        """The options of the queries for unmatched requests."""
        yield {"matchingStub": not_found.OF_OLD} if self._asking.is_old else {"unmatched": "true"}
        yield {"matchingStub": not_found.OF_PERCENT}


def _merged(found: Sequence[list[ServeEvent]]) -> list[ServeEvent]:
    """Events of several queries, the newest first."""
    return list(heapq.merge(*found, key=lambda event: -event["request"].get("loggedDate", 0)))


def _shown(events: Iterable[ServeEvent]) -> list[ServeEvent]:
    """Events of clients, without those of our own comparisons, which are about to be removed.

    Of a request that a failure passes on, the second event has the stub that answers it.
    """
    return [
        _as_unmatched(event)
        for event in events
        if vocabulary.OBSERVED not in event["request"].get("headers", {})
        and vocabulary.PASSES not in event.get("stubMapping", {}).get("metadata", {})
    ]


def _as_unmatched(event: ServeEvent) -> ServeEvent:
    """An event in which the response of an `ignored` stub counts as unmatched."""
    if layers.is_ignored(event.get("stubMapping", {})):
        event = event | {"wasMatched": False}
    return not_found.as_unmatched(event)
