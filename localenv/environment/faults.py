"""Failures on demand in a running environment: of upstreams and of needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from localenv import paths
from localenv.engines import Deployment
from localenv.environment import changes, need_faults, overrides, own_programs, stubbing
from localenv.environment.overrides import Override, OverrideKind, OverrideOwner
from localenv.errors import UsageError
from localenv.stack import Stack, Upstream
from localenv.stubs import fault_mappings, faults, layers, recognition
from localenv.stubs.fault_mappings import Aim
from localenv.stubs.faults import Fault
from localenv.stubs.responder import windows
from localenv.stubs.server import USER

if TYPE_CHECKING:
    from localenv.environment.handle import Environment
    from localenv.stubs.admin import Admin

_HINT = "localenv fault --help"
_ALL = Aim()

Limit = Callable[[dict[str, Any]], dict[str, Any]]  # limits a mapping further


@dataclass(frozen=True, kw_only=True)
class Failing:
    """A failure, the requests it concerns, and how it limits each mapping further."""

    fault: Fault
    aim: Aim = _ALL
    limit: Limit = dict

    @property
    def words(self) -> str:
        """As its command says it."""
        aim = self.aim
        said = (aim.method if aim.method != "ANY" else "", aim.path, self.fault.words)
        more = (f"{aim.times} times" if aim.times else "", f"after {aim.after}" if aim.after else "")
        return " ".join(filter(None, (*said, *more)))


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
    whose = owner or changes.owner()
    if name in environment.stack.needs:
        return need_faults.lay(environment, name, words, aim=aim, seconds=seconds, owner=whose)
    try:
        failing = Failing(fault=faults.parsed(expanded(environment.stack, words)), aim=aim)
    except ValueError as error:
        raise UsageError(str(error), hint=_HINT) from error
    upstream = environment.stack.upstreams[name]
    begun = overrides.new(OverrideKind.FAULT, name, whose, seconds=seconds)
    with stubbing.admin(environment.deployment, upstream.server) as opened:
        return lay(environment.deployment, opened, upstream, failing, begun)


def expanded(stack: Stack, words: Sequence[str]) -> list[str]:
    """The words, with those of a profile of the description in its place."""
    return [each for one in words for each in stack.faults.get(one, (one,))]


def lay(deployment: Deployment, admin: "Admin", upstream: Upstream, failing: Failing, begun: Override) -> Override:
    """Add the mappings of a failure, and start what they need; raises UsageError."""
    needs_own = failing.fault.needs_answers or failing.aim.after > 0
    own = _own(admin, upstream) if needs_own else []
    try:
        made = fault_mappings.mappings(failing.fault, failing.aim, own)
    except ValueError as error:
        raise UsageError(str(error), hint=_HINT) from error
    scenario = layers.scenario(upstream.name, made.scenario) if made.scenario else ""
    begun = replace(begun, what=failing.words, values={"window": made.window, "scenario": scenario})
    laid = overrides.lay(deployment, admin, upstream, [failing.limit(one) for one in made.mappings], begun)
    if scenario:
        _keep_time(deployment, laid)
    return laid


def _own(admin: "Admin", upstream: Upstream) -> list[dict[str, Any]]:
    """The upstream's stubs, the first goes first, as they were before the server got them, without other failures."""
    prefix = f"{upstream.name}."
    known = [one for one in admin.stubs(upstream.name) if overrides.kind_of(one) is not OverrideKind.FAULT]
    plain = [recognition.unaddressed(one) for one in known if not layers.is_ignored(one)]
    ranked = sorted(plain, key=lambda one: one.get("priority", 0))
    return [
        {**one, "scenarioName": layers.own_scenario(one["scenarioName"], upstream.name)}
        if str(one.get("scenarioName", "")).startswith(prefix)
        else one
        for one in ranked
    ]


def _keep_time(deployment: Deployment, laid: Override) -> None:
    """Start the program that ends the windows of a rate limit."""
    login = f"{USER}:{stubbing.password(deployment, laid.server)}"
    port = str(deployment.ports[laid.server])
    record = str(paths.overrides(deployment.identity))
    words = (port, str(laid.values["scenario"]), str(laid.values["window"]), record, laid.id)
    name = f".window.{laid.id}"
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
