"""The mappings of a failure: one answer for all requests, or a sequence in which the upstream's own answers take part.

What WireMock cannot do with an answer of its own is done with copies of the upstream's stubs: they are late, drip, or
move a scenario on, which counts requests. A stub with a scenario of its own is not copied, as a mapping has one
scenario: a mapping that counts passes its requests to the server again, with a header that every failure excludes. So
it is with requests that no stub matches, where an upstream has none.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from secrets import token_hex
from typing import Any

from localenv.stubs import narrowing, passing, vocabulary
from localenv.stubs.answers import failure
from localenv.stubs.calls import name_of
from localenv.stubs.faults import Fault
from localenv.stubs.vocabulary import FIRST_STATE

_HANGS = 3600.0  # seconds
_MOST = 2000  # mappings of one failure
_MOST_COUNTED = 1000  # requests that a sequence counts
_LEAST = 20  # requests of a sequence that repeats, so that its order is not seen at once
_WITHOUT_BODY = (204, 304)
_NO_STUB: Mapping[str, Any] = {"name": "no stub", "request": {"method": "ANY"}}
_PRIORITY = 5
_OF_ONE_STUB = vocabulary.OF_ONE_SERVER | {"metadata"}

Stub = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Aim:
    """The requests that fail: which, and the `after` N first ones of them do not, and then only `times`."""

    method: str = "ANY"
    path: str = ""
    also: Mapping[str, Any] = field(default_factory=dict)  # conditions of a request pattern: headers, body
    times: int | None = None
    after: int = 0
    seed: int = 0
    name: str = field(default_factory=lambda: f"fault {token_hex(4)}", compare=False)  # of the scenario that counts

    @property
    def pattern(self) -> dict[str, Any]:
        """The request pattern."""
        return narrowing.joined(narrowing.pattern(self.method, self.path), self.also)

    def narrowed(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """The pattern of a stub limited to these requests; None if it answers none of them."""
        found = narrowing.narrowed(request, self.method, self.path)
        return narrowing.joined(found, self.also) if found is not None else None

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", self.method.upper())
        if self.times is not None and not 0 < self.times <= _MOST_COUNTED:
            raise ValueError(f"times is a number from 1 to {_MOST_COUNTED}, not {self.times}")
        if not 0 <= self.after <= _MOST_COUNTED:
            raise ValueError(f"after is a number from 0 to {_MOST_COUNTED}, not {self.after}")
        if self.path and not self.path.startswith("/"):
            raise ValueError(f"'{self.path}' is not a path; it begins with /")
        if mark := {"?", "#"} & {*self.path}:
            raise ValueError(f"'{self.path}' is not a path, which has no {min(mark)}")


@dataclass(frozen=True, kw_only=True)
class FaultMappings:
    """The mappings, and the scenario that a window of time sets back, with its length in seconds."""

    mappings: Sequence[dict[str, Any]]
    window: float = 0
    scenario: str = ""


def mappings(fault: Fault, aim: Aim, own: Sequence[Stub], server: str = "") -> FaultMappings:
    """The mappings of a failure; `own` are the upstream's stubs as the server has them, the first goes first.

    `server` is the URL under which the stub server reaches itself. Raises ValueError if it would take too many.
    """
    counts = fault.rate is not None or fault.flaky is not None or aim.after > 0 or aim.times is not None
    found = _mappings(fault, aim, _countable(own, aim, server) if counts else own)
    return replace(found, mappings=list(map(_marked, found.mappings)))


def is_of_failure(stub: Stub) -> bool:
    """Whether a mapping of the server belongs to a failure."""
    return vocabulary.PASSED in stub.get("request", {}).get("headers", {})


def _marked(mapping: dict[str, Any]) -> dict[str, Any]:
    """The mapping for requests that no failure has passed on; its answer need not fit a contract."""
    request = narrowing.joined(mapping["request"], {"headers": {vocabulary.PASSED: {"absent": True}}})
    about = {vocabulary.ON_PURPOSE: True} | ({vocabulary.PASSES: True} if _is_passed_on(mapping) else {})
    return {**mapping, "request": request, "metadata": about}


def _countable(own: Sequence[Stub], aim: Aim, server: str) -> list[Stub]:
    """The stubs, of which those with a scenario are passed on; of an upstream without stubs all requests are."""
    if not any(aim.narrowed(stub.get("request", {})) for stub in own):
        return _passed_on(_NO_STUB, aim, server)
    return [each for stub in own for each in (_passed_on(stub, aim, server) if "scenarioName" in stub else [stub])]


def _passed_on(stub: Stub, aim: Aim, server: str) -> list[Stub]:
    """Mappings that pass the requests of a stub on to whichever stub it is the turn of.

    A form in parts goes with the Host header of the server: WireMock fills in no template for two parts of one name.
    """
    name, request, passed = f"{name_of(stub)} as usual", stub.get("request", {}), {vocabulary.PASSED: "1"}
    plain = {"proxyBaseUrl": server, "additionalProxyRequestHeaders": passed}
    templated = {
        "proxyBaseUrl": server,
        "removeProxyRequestHeaders": ["Host"],  # it would be that of the URL
        "additionalProxyRequestHeaders": {**passed, "Host": "{{request.headers.Host}}"},
        "transformers": ["response-template"],
    }
    if not passing.may_have_parts(aim.narrowed(request) or request):
        return [{"name": name, "request": request, "response": templated}]
    whole, in_parts = passing.by_parts(request)
    return [
        {"name": name, "request": whole, "response": templated},
        {"name": name, "request": in_parts, "response": plain},
    ]


def _is_passed_on(mapping: Stub) -> bool:
    return vocabulary.PASSED in mapping.get("response", {}).get("additionalProxyRequestHeaders", ())


def _mappings(fault: Fault, aim: Aim, own: Sequence[Stub]) -> FaultMappings:
    if fault.rate:
        return _limited(fault, aim, own)
    faulty = list(_faulty(fault, aim, own))
    if fault.flaky is None and not aim.after and aim.times is None:
        return FaultMappings(mappings=faulty)
    passing = list(_passing(fault, aim, own, is_flaky=fault.flaky is not None))
    steps, ending = _steps(fault, aim, len(passing))
    return FaultMappings(mappings=_sequence(steps, faulty, passing, ending, aim.name))


def _limited(fault: Fault, aim: Aim, own: Sequence[Stub]) -> FaultMappings:
    """So many answers, then 429, until the window ends."""
    assert fault.rate
    passing = list(_passing(fault, aim, own, is_flaky=True))
    most = max(_MOST // max(len(passing), 1), 1)
    requests = min(fault.rate.requests, most)
    window = fault.rate.period * requests / fault.rate.requests
    headers = {"Retry-After": str(max(round(window), 1)), "Content-Type": "application/json"}
    response = {"status": 429, "headers": headers, "jsonBody": {"error": "rate_limited"}}
    over = {"name": f"fault {fault.words}", "request": aim.pattern, "response": response}
    made = _sequence([False] * requests + [True], [over], passing, "stay", aim.name)
    return FaultMappings(mappings=made, window=window, scenario=aim.name)


def _faulty(fault: Fault, aim: Aim, own: Sequence[Stub]) -> Iterator[dict[str, Any]]:
    """The mappings of a request that fails."""
    if fault.answer is None and not fault.hangs:
        yield from (_late(one, fault) for one in _narrowed(own, aim))
        return
    yield {"name": f"fault {fault.words}", "request": aim.pattern, "response": _response(fault)}


def _response(fault: Fault) -> dict[str, Any]:
    if fault.hangs:
        return {"status": 504, "fixedDelayMilliseconds": round(_HANGS * 1000)}
    assert fault.answer is not None
    found = failure(fault.answer)
    if isinstance(fault.answer, int) and fault.answer not in _WITHOUT_BODY:
        headers = {"Content-Type": "application/json"}
        found |= {"headers": headers, "jsonBody": {"error": f"answered {fault.answer} by `localenv fault`"}}
    return found | _manner(fault, found)


def _passing(fault: Fault, aim: Aim, own: Sequence[Stub], *, is_flaky: bool) -> Iterator[dict[str, Any]]:
    """The mappings of a request that does not fail; where some fail by chance, all are late."""
    manner = fault if is_flaky else Fault()
    yield from (_late(one, manner) for one in _narrowed(own, aim))


def _narrowed(own: Sequence[Stub], aim: Aim) -> Iterator[dict[str, Any]]:
    passed: list[dict[str, Any]] = []  # by stubs of a scenario, which often differ in nothing but its state
    for stub in own:
        request = aim.narrowed(stub.get("request", {}))
        if request is not None and request not in passed:
            passed += [request] if _is_passed_on(stub) else []
            kept = {key: value for key, value in stub.items() if key not in _OF_ONE_STUB}
            yield {**kept, "request": request, "priority": _PRIORITY}


def _late(stub: dict[str, Any], fault: Fault) -> dict[str, Any]:
    response = dict(stub.get("response", {}))
    return {**stub, "response": response | _manner(fault, response)}


def _manner(fault: Fault, response: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if fault.slow:
        found["fixedDelayMilliseconds"] = response.get("fixedDelayMilliseconds", 0) + round(fault.slow * 1000)
    if fault.drip and "fault" not in response:
        chunks = max(5, min(round(fault.drip * 10), 50))
        found["chunkedDribbleDelay"] = {"numberOfChunks": chunks, "totalDuration": round(fault.drip * 1000)}
    return found


def _steps(fault: Fault, aim: Aim, width: int) -> tuple[list[bool], str]:
    """Whether each request fails, and what comes after the last: `stay` there, begin again (`loop`), or be `over`."""
    first = [False] * aim.after
    if fault.flaky is None:
        return (first + [True] * aim.times, "over") if aim.times else ([*first, True], "stay")
    drawn = _drawn(fault.flaky, aim.seed, max(_MOST // max(width, 1), _LEAST))
    if aim.times is None:
        if first:
            raise ValueError("flaky with --after needs --times too")
        return drawn, "loop"
    steps: list[bool] = []
    while sum(steps) < aim.times:
        steps.append(drawn[len(steps) % len(drawn)])
    return first + steps, "over"


def _drawn(part: Fraction, seed: int, most: int) -> list[bool]:
    """A sequence with exactly that part of failures, in an order that the seed decides."""
    length = part.denominator * -(-_LEAST // part.denominator)
    length = length if length <= most else max(min(most, 100), 1)
    failing = max(round(part * length), 1)
    steps = [number < failing for number in range(length)]
    random.Random(seed).shuffle(steps)  # noqa: S311 - repeatable, not secret
    return steps


def _sequence(
    steps: Sequence[bool], faulty: Sequence[Stub], passing: Sequence[Stub], ending: str, name: str
) -> list[dict[str, Any]]:
    """Mappings of a scenario with a state for each request."""
    states = [FIRST_STATE, *map(str, range(1, len(steps)))]
    after = {"stay": states[-1], "loop": FIRST_STATE, "over": "over"}[ending]
    found = [
        {**one, "scenarioName": name, "requiredScenarioState": now, "newScenarioState": then}
        for fails, now, then in zip(steps, states, [*states[1:], after], strict=True)
        for one in (faulty if fails else passing)
    ]
    if len(found) > _MOST + len(steps):
        raise ValueError(f"it would take {len(found)} stubs; a smaller --after or --times, or --path, takes fewer")
    return found
