"""Failures on demand in a running environment: of upstreams and of needs."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from localenv import paths
from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.environment.overrides import entries, need_faults
from localenv.environment.overrides.entries import Override, OverrideKind, OverrideOwner
from localenv.errors import UsageError
from localenv.guard import own_programs
from localenv.stack import Stack, Upstream
from localenv.stubs import fault_mappings, faults, layers, recognition
from localenv.stubs.fault_mappings import Aim, FaultMappings
from localenv.stubs.faults import Fault
from localenv.stubs.responder import windows
from localenv.stubs.server import USER

if TYPE_CHECKING:
    from localenv.environment.handle import Environment
    from localenv.stubs.admin import Admin

_HINT = "localenv fault --help"
_ALL = Aim()


@dataclass(frozen=True, kw_only=True)
class Failing:
    """A failure, and the requests it concerns: with a `trace`, only those of one test."""

    fault: Fault
    aim: Aim = _ALL
    trace: str = ""

    @property
    def copies(self) -> bool:
        """Whether it changes or counts the upstream's own answers."""
        return self.fault.needs_answers or self.aim.after > 0

    def limit(self, mapping: dict[str, Any]) -> dict[str, Any]:
        """The mapping for requests of the trace alone."""
        return {**mapping, "request": of_trace(mapping["request"], self.trace)} if self.trace else mapping

    def record(self) -> dict[str, Any]:
        """All of it as JSON, see `_of_record`."""
        return {"words": self.fault.words.split(), "aim": asdict(self.aim), "trace": self.trace}

    @property
    def words(self) -> str:
        """As its command says it."""
        aim = self.aim
        parts = (aim.method if aim.method != "ANY" else "", aim.path, self.fault.words)
        often = "once" if aim.times == 1 else f"{aim.times} times" if aim.times else ""
        more = (often, f"after {aim.after}" if aim.after else "")
        return " ".join(filter(None, (*parts, *more)))


def fault(
    environment: "Environment",
    name: str,
    words: Sequence[str],
    *,
    aim: Aim = _ALL,
    seconds: float | None = None,
    owner: OverrideOwner | None = None,
) -> Override:
    """Make an upstream or a need fail until it is cleared, or for `seconds`; raises UsageError with nothing changed."""
    check_subject(environment.stack, name)
    by = owner or OverrideOwner.here(entries.PROGRAM)
    if name in environment.stack.needs:
        return need_faults.add(environment, name, words, aim=aim, seconds=seconds, owner=by)
    try:
        failing = Failing(fault=faults.parsed(words, environment.stack.faults), aim=aim)
    except ValueError as error:
        raise UsageError(str(error), hint=_HINT) from error
    upstream = environment.stack.upstreams[name]
    begun = entries.new(OverrideKind.FAULT, name, by, seconds=seconds)
    with stubbing.admin(environment.deployment, upstream.server) as opened:
        return add(environment.deployment, opened, upstream, failing, begun)


def add(deployment: Deployment, admin: "Admin", upstream: Upstream, failing: Failing, begun: Override) -> Override:
    """Add the mappings of a failure, and start what they need; raises UsageError."""
    try:
        made = _made(deployment, admin, upstream, failing)
    except ValueError as error:
        raise UsageError(str(error), hint=_HINT) from error
    scenario = layers.scenario(upstream.name, made.scenario) if made.scenario else ""
    copied = {"failing": failing.record()} if failing.copies else {}
    begun = replace(begun, what=failing.words, values={"window": made.window, "scenario": scenario, **copied})
    override = entries.add(deployment, admin, upstream, [failing.limit(one) for one in made.mappings], begun)
    keep_time(deployment, override)
    return override


def has_copies(override: Override) -> bool:
    """Whether a failure consists of copies of its upstream's own answers."""
    return "failing" in override.values


def refresh(deployment: Deployment, admin: "Admin", upstream: Upstream) -> None:
    """Copy an upstream's own answers again for its failures, because its stubs have changed."""
    for override in entries.recorded(deployment.identity):
        if override.subject == upstream.name and has_copies(override) and not override.is_over:
            failing = _of_record(override.values["failing"])
            with suppress(ValueError):  # they have become too many; the old ones stay
                made = _made(deployment, admin, upstream, failing)
                entries.change(deployment, admin, upstream, [failing.limit(one) for one in made.mappings], override)


def of_trace(request: Mapping[str, Any], trace: str) -> dict[str, Any]:
    """A request pattern for the requests of one test."""
    return {**request, "headers": {"traceparent": {"contains": trace}} | dict(request.get("headers", {}))}


def _of_record(document: Mapping[str, Any]) -> Failing:
    return Failing(fault=faults.parsed(document["words"]), aim=Aim(**document["aim"]), trace=str(document["trace"]))


def _made(deployment: Deployment, admin: "Admin", upstream: Upstream, failing: Failing) -> FaultMappings:
    own = _own(admin, upstream) if failing.copies else []
    return fault_mappings.mappings(failing.fault, failing.aim, own, stubbing.own_url(deployment, upstream.server))


def _own(admin: "Admin", upstream: Upstream) -> list[dict[str, Any]]:
    """The upstream's stubs, the first goes first, as they were before the server got them, without other failures."""
    prefix = f"{upstream.name}."
    known = [one for one in admin.stubs(upstream.name) if entries.kind_of(one) is not OverrideKind.FAULT]
    plain = [recognition.unaddressed(one) for one in known if not layers.is_ignored(one)]
    ranked = sorted(plain, key=lambda one: one.get("priority", 0))
    return [
        {**one, "scenarioName": layers.own_scenario(one["scenarioName"], upstream.name)}
        if str(one.get("scenarioName", "")).startswith(prefix)
        else one
        for one in ranked
    ]


def keep_time(deployment: Deployment, override: Override) -> None:
    """Start the program that ends the windows of a rate limit, unless it runs, or there is no limit."""
    if not override.values.get("scenario"):
        return
    login = f"{USER}:{stubbing.password(deployment, override.server)}"
    port = str(deployment.ports[override.server])
    record = str(paths.overrides(deployment.identity))
    words = (port, str(override.values["scenario"]), str(override.values["window"]), record, override.id)
    name = f".window.{override.id}"
    environment: Mapping[str, str] = {windows.LOGIN: login}
    own_programs.start(deployment.identity, name, "stubs.responder.windows", *words, environment=environment)


def check_subject(stack: Stack, name: str) -> None:
    """Raise UsageError for a name that is neither an upstream nor a need."""
    if name in stack.upstreams or name in stack.needs:
        return
    known = ", ".join((*stack.upstreams, *stack.needs)) or "none"
    if name in stack.services:
        raise UsageError(f"'{name}' is a service under work, which runs for real", hint=f"can fail: {known}")
    raise UsageError(f"unknown upstream or need '{name}'", hint=f"available: {known}")
