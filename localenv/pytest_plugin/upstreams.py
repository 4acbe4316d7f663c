"""An upstream in a test: its responses and its requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import parse_qsl

from localenv import redaction
from localenv.environment.overrides.faults import Failing
from localenv.errors import UsageError
from localenv.errors.counting import counted
from localenv.host.waiting import looks
from localenv.pytest_plugin.calls import fits, holds
from localenv.pytest_plugin.running import Running
from localenv.pytest_plugin.scope import Scope
from localenv.stubs import answers, documented, faults, layers, provider_states, vocabulary
from localenv.stubs.answers import UNSAID, Wanted
from localenv.stubs.calls import Call
from localenv.stubs.fault_mappings import Aim

_EVERY = Wanted()
_PAUSE = 0.02  # seconds between two polls of the journal


@dataclass(frozen=True, kw_only=True)
class Route:
    """Some requests to an upstream: their response, and those received since the start of the test, or session."""

    name: str
    running: Running = field(repr=False)
    scope: Scope = field(repr=False)
    wanted: Wanted = _EVERY

    def reply(
        self,
        status: int = 200,
        *,
        json: Any = UNSAID,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        delay: float = 0,
        times: int | None = None,
    ) -> Self:
        """Answer them with this response, `delay` seconds late; a later response has precedence over earlier ones.

        With `times`, it answers only that many requests; then the earlier responses apply again.
        """
        return self._answer(answers.reply(status, json=json, body=body, headers=headers, delay=delay), times)

    def fails(
        self,
        kind: int | str | None = None,
        *,
        slow: float = 0,
        seconds: float | None = None,
        percent: float | None = None,
        rate: str | None = None,
        times: int | None = None,
        after: int = 0,
        seed: int = 0,
    ) -> Self:
        """Fail in the words of `localenv fault`: a status, `"reset"`, `"drip", seconds=5`, `"flaky", percent=30`, or a
        profile of the description.

        `slow` seconds late; the first `after` requests are answered as before, and after `times` failures the others.
        With a status that the upstream's contract documents, the body is the documented one.
        """
        if kind is None:
            kind = int(answers.failure(None, slow=slow)["status"])
        is_simple = isinstance(kind, int) and not after and (times is None or bool(self.wanted.path))
        own = self._documented(answers.failure(kind, slow=slow)) if is_simple else []
        if not (own and self.wanted.path):
            words = faults.word(kind, seconds=seconds, percent=percent, rate=rate)
            words += [f"slow={slow}s"] if slow else []
            failing = Failing(fault=self._fault(words), aim=_aim(self.wanted, times, after, seed))
            self.running.traffic.fault(self.scope, self.name, failing)
        for stub in own:
            self._add({**stub, "metadata": {vocabulary.ON_PURPOSE: True}}, times)
        return self

    def _fault(self, words: Sequence[str]) -> faults.Fault:
        """The failure that words describe; raises UsageError for others."""
        try:
            return faults.parsed(words, self.running.environment.stack.faults)
        except ValueError as error:
            raise UsageError(str(error)) from error

    def _documented(self, failure: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The contract's own answers with the status of a failure."""
        traffic = self.running.traffic
        upstream = traffic.environment.stack.upstreams[traffic.names[self.name]]
        delay = {key: value for key, value in failure.items() if key != "status"}
        return documented.failures(upstream, self.wanted, failure["status"], delay)

    def requests(self) -> list[Call]:
        """The requests, oldest first."""
        return [call for call in self._all() if fits(call, self.wanted)]

    def assert_called(self, times: int | None = None, *, json: Any = UNSAID, within: float = 0) -> None:
        """Fail unless there were that many requests (default: at least one) whose bodies contain `json`.

        A body may have more members than `json`, but not more items in a list.

        `within`: seconds to wait for requests, for a program that answers first and calls later.
        """
        __tracebackhide__ = True
        found: list[Call] = []
        if not any(self._is_called(found := self.requests(), times, json) for _ in looks(within=within, pause=_PAUSE)):
            raise AssertionError(self._miscounted(found, self._all(), times, json))

    def _all(self) -> list[Call]:
        return [call for call in self.running.traffic.calls(self.scope) if call.upstream == self.name]

    def _answer(self, response: Mapping[str, Any], times: int | None) -> Self:
        self._add({"request": self.wanted.pattern(), "response": response}, times)
        return self

    def _add(self, stub: Any, times: int | None = None) -> None:
        self.running.traffic.overlay(self.scope, self.name, answers.limited(layers.as_mapping(stub), times))

    def _is_called(self, found: list[Call], times: int | None, json: Any) -> bool:
        count = len(_holding(found, json))
        return count > 0 if times is None else count == times

    def _miscounted(self, found: list[Call], asked: list[Call], times: int | None, json: Any) -> str:
        wanted = "at least one request" if times is None else counted(times, "request")
        what = "" if json is UNSAID else f" with {json!r} in the body"
        seen = "\n".join(f"  {call}{_body(call)}" for call in found or asked) or "  (nothing)"
        where = f"{self.name} {self.wanted.method} {self.wanted.path}".replace(" ANY ", " ").strip()
        return f"{where}: {wanted}{what} expected, {len(_holding(found, json))} found. Requests:\n{seen}"


@dataclass(frozen=True, kw_only=True)
class UpstreamFixture(Route):
    """A whole upstream; `get`, `post` and so on select some of its requests."""

    def get(self, path: str = "", **more: Any) -> Route:
        """Requests with GET; `path` may contain `{name}`; `query`, `headers` and `json` are further conditions."""
        return self.request("GET", path, **more)

    def post(self, path: str = "", **more: Any) -> Route:
        """Requests with POST."""
        return self.request("POST", path, **more)

    def put(self, path: str = "", **more: Any) -> Route:
        """Requests with PUT."""
        return self.request("PUT", path, **more)

    def patch(self, path: str = "", **more: Any) -> Route:
        """Requests with PATCH."""
        return self.request("PATCH", path, **more)

    def delete(self, path: str = "", **more: Any) -> Route:
        """Requests with DELETE."""
        return self.request("DELETE", path, **more)

    def any(self, path: str = "", **more: Any) -> Route:
        """Requests with any method."""
        return self.request("ANY", path, **more)

    def request(self, method: str, path: str = "", **more: Any) -> Route:
        """Requests with that method."""
        wanted = replace(self.wanted, method=method, path=path, **more)
        return Route(name=self.name, running=self.running, scope=self.scope, wanted=wanted)

    def stub(self, *stubs: Any) -> Self:
        """Add stubs on top: WireMock mappings, or `Mapping` objects of the `wiremock` package."""
        for stub in stubs:
            self._add(stub)
        return self

    def given(self, state: str) -> Self:
        """Answer as its Pact contracts do in this provider state, before all other stubs; raises UsageError."""
        traffic = self.running.traffic
        upstream = traffic.environment.stack.upstreams[traffic.names[self.name]]
        return self.stub(*provider_states.mappings(upstream, state))


def _aim(wanted: Wanted, times: int | None, after: int, seed: int) -> Aim:
    pattern = wanted.pattern()
    path, _, query = wanted.path.partition("?")
    also = {key: value for key, value in pattern.items() if key not in ("method", *vocabulary.URLS)}
    if query:
        asked = {name: {"equalTo": value} for name, value in parse_qsl(query, keep_blank_values=True)}
        also["queryParameters"] = asked | also.get("queryParameters", {})
    return Aim(method=wanted.method, path=path, also=also, times=times, after=after, seed=seed)


def _holding(calls: list[Call], json: Any) -> list[Call]:
    return [call for call in calls if json is UNSAID or holds(call, json)]


def _body(call: Call) -> str:
    return f": {redaction.redacted_traffic(call.text[:200])}" if call.body else ""
