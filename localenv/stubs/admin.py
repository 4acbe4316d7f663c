"""The admin API of a running stub server."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType, TracebackType
from typing import Any, Self

from localenv.stack import Upstream
from localenv.stubs import early, explanation, journal, layers, not_found, overlap, replacing, resetting, wiremock_2
from localenv.stubs.asking import PATIENCE, Asking
from localenv.stubs.body_files import BodyFiles
from localenv.stubs.explanation import Explanation
from localenv.stubs.fault_mappings import is_of_failure
from localenv.stubs.importing import import_mappings
from localenv.stubs.journal import Unanswered
from localenv.stubs.leading import Resolve
from localenv.stubs.reading import Journal
from localenv.stubs.recognition import Recognition
from localenv.stubs.resource_states import ResourceStates
from localenv.stubs.vocabulary import FIRST_STATE

_MOST_EXPLAINED = 20
_OLDER = "an older one"


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The recorded state of a server: its newest requests and the states of its scenarios."""

    since: float | None  # milliseconds; None: it had no requests
    requests: frozenset[str]  # the ids of those after `since`
    states: Mapping[str, str]


class Admin:
    """The admin API of a stub server on this machine; `resolve` maps a URL in an upstream's stub to its address.

    `ignoring` are the upstreams whose unmatched requests are answered too. A failed request raises LocalenvError.
    """

    def __init__(
        self,
        *,
        port: int,
        password: str,
        recognition: Recognition,
        resolve: Callable[[str], Resolve] = lambda _: str,
        ignoring: Sequence[str] = (),
        resources: Mapping[str, str] = MappingProxyType({}),
        patience: float = PATIENCE,
    ) -> None:
        self._recognition = recognition
        self._ignoring = ignoring
        self._resources = ResourceStates(resources)
        self._resolve = resolve
        self._asking = Asking(port=port, password=password, patience=patience)
        self.journal = Journal(self._asking, recognition)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._asking.close()

    def load(self, *upstreams: Upstream, is_new: bool = False) -> None:
        """Load the current stubs of upstreams into the server, and keep the states of their scenarios.

        New stubs replace old ones one by one, and a concurrent request gets either response. With `is_new` the
        server is not asked for its stubs, because its first responses are the slowest. Raises DescriptionError, with
        nothing changed, for a mapping the server refuses.
        """
        if not is_new and self._asking.is_old:
            wiremock_2.check(upstreams, _OLDER)
        loaded = early.load(self._asking, self._recognition, upstreams, self._resolve) if is_new else {}
        names = [one.name for one in upstreams]
        ready = [each for one in upstreams for each in layers.prepared(one, self._resolve(one.name))]
        before = [*loaded.values()] if is_new else [stub for stub in self.stubs(*names) if not _of_a_test(stub)]
        others = [] if is_new or not self._recognition.is_by_host else self._of_others(names)
        addressed = self._recognition.all([one.mapping for one in ready], others)
        bodies = BodyFiles(asking=self._asking, upstreams=upstreams, is_new=is_new)
        bodies.upload()
        late = (one for one in addressed if loaded.get(one["id"]) != one)
        fresh = [*late] if is_new else replacing.changed(addressed, before)
        ids = {one["id"] for one in fresh}
        written = [one for one in ready if one.mapping["id"] in ids]
        with replacing.covered(self._asking, fresh, written, {stub["id"] for stub in before}):
            unmatched = [not_found.of_percent()] if is_new else []
            import_mappings(self._asking, [*fresh, *self._recognition.changed(others, addressed), *unmatched], written)
        self.remove({stub["id"] for stub in before} - {one.mapping["id"] for one in ready})
        bodies.discard(before)

    def overlay(self, upstream: str, stubs: Sequence[Any], *, is_templated: bool = False) -> tuple[str, ...]:
        """Add stubs on top of an upstream's own; returns the ids for `remove`. Raises as `load` does.

        A stub is a WireMock mapping, or a `Mapping` of the `wiremock` package.
        """
        ready = self.prepared(upstream, stubs, is_templated=is_templated)
        self.put(ready)
        return tuple(stub["id"] for stub in ready)

    def prepared(self, upstream: str, stubs: Sequence[Any], *, is_templated: bool = False) -> list[dict[str, Any]]:
        """The same stubs in the form that the server takes, for `put`, with their ids."""
        if self._asking.is_old:
            wiremock_2.check_stubs(map(layers.as_mapping, stubs), _OLDER)
        added = layers.overlay(upstream, stubs, self._resolve(upstream), is_templated=is_templated)
        return self._recognition.all(added, self._others if self._recognition.is_by_host else ())

    def put(self, ready: Sequence[Mapping[str, Any]]) -> None:
        """Add prepared stubs; one with the id of another replaces it. Raises as `load` does."""
        import_mappings(self._asking, ready)

    def put_again(self, stubs: Sequence[Mapping[str, Any]], states: Mapping[str, str]) -> None:
        """Add stubs that a server of these upstreams had before, and set the states of their scenarios."""
        alone = overlap.alone(stubs, [*stubs, *self._others]) if self._recognition.is_by_host else frozenset()
        again = [self._recognition.again(one, is_alone=one["id"] in alone) for one in stubs]
        import_mappings(self._asking, again)
        self.set_states(states, self.states() if states else {})

    def remove(self, ids: Iterable[str]) -> None:
        """Remove stubs by id; one that no longer exists is not an error."""
        for one in ids:
            self._asking.ask("DELETE", f"/mappings/{one}", missing=True)

    def stubs(self, *upstreams: str) -> list[dict[str, Any]]:
        """The stubs of some upstreams on the server, including those of tests."""
        names = "|".join(map(re.escape, upstreams))
        return self._by_metadata({"expression": "$.localenv.upstream", "matches": names})

    def marked(self, key: str) -> list[dict[str, Any]]:
        """The stubs of all upstreams with this key in their metadata."""
        return self._by_metadata(f"$.{key}")

    def _by_metadata(self, wanted: Any) -> list[dict[str, Any]]:
        answer = self._asking.ask("POST", "/mappings/find-by-metadata", json={"matchesJsonPath": wanted}).json()
        return list(answer["mappings"])

    def pattern(self, upstream: str) -> dict[str, Any]:
        """A request pattern for the requests of an upstream."""
        return self._recognition.pattern(upstream)

    def requests(self, upstream: str, since: Snapshot | None = None) -> int:
        """The number of an upstream's requests in the journal; with a snapshot, of those after it."""
        if since is not None:
            return sum(self.journal.upstream_of(event) == upstream for event in self._after(since, whole=False))
        return self.journal.count(self._recognition.pattern(upstream)) + self.journal.taken_in[upstream]

    def counts(self) -> dict[str, tuple[int, int]]:
        """For each upstream, the number of requests and of unmatched requests in the journal.

        Of thousands of unmatched requests, only the newest 16 MiB count. An empty name stands for requests to no
        upstream.
        """
        self.journal.renew()
        unmatched = dict.fromkeys(self._recognition.upstreams, 0)
        for request in self.journal.unmatched():
            owner = self._recognition.of(request)
            unmatched[owner] = unmatched.get(owner, 0) + 1
        for owner in self._ignoring:
            unmatched[owner] = self.journal.total(matchingStub=layers.ignored_id(owner))
        return {one: (self.requests(one) if one else lost, lost) for one, lost in unmatched.items()}

    def total(self) -> int:
        """The number of requests in the journal, which is bounded: a full one keeps its length."""
        return self.journal.total(limit=0)

    def strangers(self) -> dict[str, Counter[str]]:
        """For each upstream, the foreign Host headers of requests that it answered nevertheless, with their counts.

        Only the newest 16 MiB of the journal count.
        """
        return self.journal.strangers() if self._recognition.shares_ports else {}

    def traffic(self, since: float) -> list[tuple[str, dict[str, Any]]]:
        """Every event of the journal after `since` (seconds of the epoch), the newest first, with its upstream's name.

        An empty name stands for no upstream.
        """
        return self.journal.owned(self.journal.events(since=since * 1000))

    def latest(self) -> list[tuple[str, dict[str, Any]]]:
        """The newest 16 MiB of the journal, in the form of `traffic`."""
        return self.journal.owned(self.journal.newest())

    def lost(self, since: float) -> list[tuple[str, dict[str, Any]]]:
        """The newest unmatched requests in the form of `traffic`, at most 1,000."""
        return self.journal.owned(self.journal.lost(since * 1000))

    def unmatched(self, upstream: str) -> list[Unanswered]:
        """The latest unmatched requests of an upstream, the newest first, equal ones grouped; at most 20.

        An empty name stands for requests to no upstream.
        """
        return self.explained(
            upstream, [one for one in self.journal.unmatched() if self._recognition.of(one) == upstream]
        )

    def explained(self, upstream: str, requests: Iterable[Mapping[str, Any]]) -> list[Unanswered]:
        """Why no stub of an upstream matched these requests of the journal; equal ones grouped, at most 20."""
        groups: dict[str, list[Mapping[str, Any]]] = {}
        for request in requests:
            groups.setdefault(journal.identity(request, upstream), []).append(request)
        known = self.stubs(upstream) if upstream else []
        stubs = [one for one in known if not layers.is_ignored(one) and not is_of_failure(one)]
        states = self.states()
        return [
            journal.explain(upstream, group, stubs, states, self._was_asked)
            for group in list(groups.values())[:_MOST_EXPLAINED]
        ]

    def explanation(self, upstream: str, request: Mapping[str, Any], *, without: str = "") -> Explanation:
        """Which stub of an upstream answers a request of the journal, and which ones nearly do.

        `without` is the id of a stub to leave out.
        """
        stubs = [one for one in self.stubs(upstream) if not layers.is_ignored(one)] if upstream else []
        stubs = [one for one in stubs if one["id"] != without]
        return explanation.explain(upstream, request, stubs, self.states(), self._was_asked)

    def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> None:
        """Send a request to the stubs."""
        self._asking.send_to_stubs(method, url, headers=dict(headers), content=content)

    def events_of(self, stub: str) -> list[dict[str, Any]]:
        """The events that the stub with this id answered, the newest first."""
        return self.journal.events(matchingStub=stub)

    def forget(self, *events: str) -> None:
        """Remove events from the journal by id."""
        for one in events:
            self._asking.ask("DELETE", f"/requests/{one}", missing=True)

    def states(self) -> dict[str, str]:
        """The state of every scenario, by its name on the server; what upstreams keep counts as one of each."""
        found = {one["name"]: one["state"] for one in self._asking.ask("GET", "/scenarios").json()["scenarios"]}
        return found | self._resources.states()

    def snapshot(self) -> Snapshot:
        """A snapshot of the recorded state, for `restore`."""
        newest = self.journal.events(limit=1, whole=True)
        since = newest[0]["request"]["loggedDate"] - 1 if newest else None
        ids = (
            frozenset(event["id"] for event in self.journal.events(since=since, whole=True)) if newest else frozenset()
        )
        return Snapshot(since=since, requests=ids, states=self.states())

    def restore(self, snapshot: Snapshot) -> None:
        """Remove the requests since the snapshot, and restore the states of scenarios."""
        self.forget(*(event["id"] for event in self._after(snapshot, whole=True)))
        now = self.states()
        self.set_states({scenario: snapshot.states.get(scenario, FIRST_STATE) for scenario in now}, now)

    def reset(self, *upstreams: Upstream, whole: bool = False, as_loaded: bool = False) -> dict[str, tuple[str, ...]]:
        """Reset the server to the stubs of these upstreams, without later changes; returns what had changed, by
        upstream.

        `whole`: these are all upstreams, so stubs of no upstream are removed too, reported under an empty name.
        `as_loaded`: the loaded stubs stay if their files cannot be read now. Raises as `load` does.
        """
        return resetting.reset(self, self._asking, upstreams, whole=whole, as_loaded=as_loaded)

    def set_states(self, wanted: Mapping[str, str], now: Mapping[str, str]) -> None:
        """Set scenarios to states that differ from those in `now`."""
        for scenario, state in wanted.items():
            if now.get(scenario, state) == state:  # a scenario that no longer exists has no state
                continue
            if self._resources.has(scenario):
                self._resources.set(scenario, state)
            else:
                # the server refuses a state that no stub requires, also the first one; without a body it resets
                about: dict[str, Any] = {} if state == FIRST_STATE else {"json": {"state": state}}
                self._asking.ask("PUT", f"/scenarios/{scenario}/state", **about)

    def _was_asked(self, pattern: Mapping[str, Any]) -> bool:
        return self.journal.count(pattern) > 0

    def _after(self, snapshot: Snapshot, *, whole: bool) -> list[dict[str, Any]]:
        return [
            one for one in self.journal.events(since=snapshot.since, whole=whole) if one["id"] not in snapshot.requests
        ]

    @cached_property
    def _others(self) -> list[dict[str, Any]]:
        """Every stub except overrides by tests."""
        return [stub for stub in self.stubs(*self._recognition.upstreams) if not _of_a_test(stub)]

    def _of_others(self, names: Sequence[str]) -> list[dict[str, Any]]:
        self.__dict__.pop("_others", None)  # invalidated by loading
        return [stub for stub in self._others if stub["metadata"]["localenv"]["upstream"] not in names]


def _of_a_test(stub: Mapping[str, Any]) -> bool:
    return bool(stub["metadata"]["localenv"]["source"] == layers.OVERLAY)
