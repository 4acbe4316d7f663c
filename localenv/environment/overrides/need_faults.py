"""Failures of needs: what their engine or their own server can do, and what happens on the way to them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from localenv.engines import Deployment, Engine, bridging
from localenv.environment import clients, stopping
from localenv.environment.overrides import entries, keeping
from localenv.environment.overrides.entries import Override, OverrideKind, OverrideOwner
from localenv.errors import NotReadyError, UsageError
from localenv.host.announcing import announced
from localenv.host.waiting import looks
from localenv.needs import failures
from localenv.needs.failures import LATENCY, SETTING, NeedFailure
from localenv.needs.kinds import KINDS as NEEDS
from localenv.needs.server_failures import DISCONNECT, REFUSE, ServerFailure
from localenv.process import TimedOut, run
from localenv.resolution import Place
from localenv.stack import Need, Reader, Template
from localenv.stack.states import ServiceState
from localenv.stack.workers import server_of
from localenv.stubs.fault_mappings import Aim

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_PATIENCE, _PAUSE = 5.0, 0.3  # seconds
_LONGEST = 15.0  # seconds for an answer of a need's own client
_REFUSED = re.compile(r"\s*(?:\(error\) )?(?:ERR|NOPERM|WRONGPASS|NOAUTH)\b")
_UNDONE = {"stop": "start", "pause": "unpause"}
_IN_MEMORY = ("s3",)  # kinds that a restart empties
_DETOUR = "detour"  # in an override's values: how late, or None


@dataclass(frozen=True, kw_only=True)
class _Failing:
    """A need that is to fail."""

    environment: "Environment" = field(repr=False)
    need: Need
    wanted: NeedFailure
    begun: Override

    @property
    def home(self) -> str:
        """The service that holds its data."""
        return server_of(self.environment.stack, self.need.name)

    def record(self, **values: Any) -> Override:
        """The override with what undoes it, recorded before anything is changed."""
        override = replace(self.begun, values={"service": self.home, **values})
        keeping.add(self.environment.identity, override.record())
        return override


def add(
    environment: "Environment",
    name: str,
    words: Sequence[str],
    *,
    aim: Aim,
    seconds: float | None,
    owner: OverrideOwner,
    scenario: str = "",
) -> Override:
    """Make a need fail; raises UsageError with nothing changed for what it or its engine cannot do."""
    wanted = check(environment, name, words, aim)
    begun = entries.new(OverrideKind.FAULT, name, owner, seconds=seconds, what=wanted.words, scenario=scenario)
    return _begin(environment, wanted, begun)


def again(environment: "Environment", override: Override) -> Override:
    """Make a need fail as this override did, which was removed; raises UsageError."""
    wanted = check(environment, override.subject, [override.what], Aim())
    return _begin(environment, wanted, replace(override, values={}))


def _begin(environment: "Environment", wanted: NeedFailure, begun: Override) -> Override:
    failing = _Failing(environment=environment, need=environment.stack.needs[begun.subject], wanted=wanted, begun=begun)
    if wanted.kind in _UNDONE:
        return _stop(failing, wanted.kind)
    own = _own(failing.need).get(wanted.kind)
    if own:
        return _by_its_server(failing, own)
    if wanted.kind == DISCONNECT:
        stopping.change(environment, [failing.home], "restart", by=str(begun.owner))
        return begun
    return _detoured(failing)


def _stop(failing: _Failing, kind: str) -> Override:
    _check_running(failing.environment, failing.home)
    override = failing.record(action=_UNDONE[kind])
    stopping.change(failing.environment, [failing.home], kind, by=str(failing.begun.owner))
    return override


def _by_its_server(failing: _Failing, does: ServerFailure) -> Override:
    environment, need = failing.environment, failing.need
    _client(environment, need.name, does.words(need), is_setting=does.is_setting)
    undo = does.undo(need)
    if not undo:
        return failing.begun
    return failing.record(client=list(undo), need=need.name, setting=does.is_setting)


def _detoured(failing: _Failing) -> Override:
    """Let its clients find something else in its place; the newest of several is in force."""
    environment, home = failing.environment, failing.home
    _check_running(environment, home)
    override = failing.record(**{_DETOUR: failing.wanted.seconds})
    try:
        _detour(environment, override)
    except BaseException:
        undo(environment, override)
        keeping.remove(environment.identity, [override.id])
        raise
    return override


def _detour(environment: "Environment", override: Override) -> None:
    home, engine, deployment = override.values["service"], environment.engine, environment.deployment
    with stopping.moving(environment, home, by=str(override.owner)):
        engine.services.detour(deployment, home, override.values[_DETOUR])
    if deployment.resolution.place.shares_ports:  # elsewhere a restart has cut its connections
        _cut(environment, override.subject, home)


def _cut(environment: "Environment", name: str, home: str) -> None:
    """Cut the connections that were made before, so that clients connect again."""
    need = environment.stack.needs[name]
    if own := _own(need).get(DISCONNECT):
        with suppress(UsageError):
            _client(environment, name, own.words(need))
    else:
        stopping.change(environment, [home], "restart", by="localenv fault")


def undo(environment: "Environment", override: Override) -> None:
    """Let a need work again; nothing for a failure that does not last."""
    if not override.values:
        return
    if client := override.values.get("client"):
        for is_last in looks(within=_PATIENCE, pause=_PAUSE):  # it may have been started just now
            try:
                is_setting = override.values.get("setting", False)
                _client(environment, override.subject, tuple(client), is_setting=is_setting)
            except UsageError:
                if is_last:
                    raise
            else:
                break
    elif _DETOUR in override.values:
        _undo_detour(environment, override)
    else:
        stopping.change(environment, [override.values["service"]], override.values["action"], by=str(override.owner))


def _undo_detour(environment: "Environment", override: Override) -> None:
    """Let clients find the need again, or what was put in its place before."""
    home = override.values["service"]
    others = [one for one in _detours(environment.identity, home) if one.id != override.id]
    if others and others[-1].time > override.time:
        return
    with stopping.moving(environment, home, by=str(override.owner)):
        environment.engine.services.direct(environment.deployment, home)
    if others:
        _detour(environment, others[-1])


def _detours(identity: str, home: str) -> list[Override]:
    """What was put in the place of a need, the newest last."""
    return [one for one in _of(identity, [home]) if _DETOUR in one.values and not one.is_over]


def recover(environment: "Environment", override: Override) -> None:
    """Lead clients the same way again, if what does that was killed."""
    key = bridging.detour(override.values.get("service", ""))
    if _DETOUR not in override.values or bridging.is_running(environment.identity, key):
        return
    is_newest = _detours(environment.identity, override.values["service"])[-1].id == override.id
    if is_newest and (override.values[_DETOUR] is not None or environment.deployment.resolution.place.shares_ports):
        with stopping.moving(environment, override.values["service"], by=str(override.owner)):
            environment.engine.services.direct(environment.deployment, override.values["service"])
        _detour(environment, override)


def starting(engine: Engine, identity: str, names: Iterable[str]) -> None:
    """Before needs are started: what stands in their place must not be in their way."""
    for one in _of(identity, names):
        if _DETOUR in one.values:
            engine.bridges.stop(identity, bridging.detour(one.values["service"]))


def started(engine: Engine, deployment: Deployment, names: Iterable[str], fresh: Iterable[str]) -> None:
    """Forget failures of needs that were started: they work again, unless their data remembers it."""
    ended = []
    for one in _of(deployment.identity, names):
        if _DETOUR in one.values and deployment.resolution.place.shares_ports:  # a container keeps the other name
            engine.services.direct(deployment, one.values["service"])
        if "client" not in one.values or one.values["service"] in fresh:
            ended.append(one.id)
    keeping.remove(deployment.identity, ended)


def _of(identity: str, names: Iterable[str]) -> list[Override]:
    """The failures of needs whose data is in these services."""
    wanted = {*names}
    known = entries.recorded(identity)
    return [one for one in known if one.kind is OverrideKind.FAULT and one.values.get("service") in wanted]


def check(environment: "Environment", name: str, words: Sequence[str], aim: Aim) -> NeedFailure:
    """What these words ask of a need; raises UsageError for what it or its engine cannot do."""
    need = environment.stack.needs[name]
    try:
        wanted = failures.parsed(words)
    except ValueError as error:
        raise UsageError(str(error), hint=f"localenv fault {name} stop, or localenv fault --help") from error
    if aim != Aim():
        raise UsageError(f"{name} is a need; --path, --method, --times and --after are for upstreams")
    can = list(_available(need, environment.deployment.resolution.place))
    if wanted.kind not in can:
        raise UsageError(
            f"{name}: {need.kind} on the {environment.engine.name} engine cannot do '{wanted.kind}'",
            hint=f"available: {', '.join(one for one in failures.KINDS if one.partition('=')[0] in can)}",
        )
    return wanted


def concerns_database(need: Need, wanted: NeedFailure) -> bool:
    """Whether it concerns the need's own database alone, and not those that share its server."""
    own = _own(need).get(wanted.kind)
    return own is not None and own.of_database


def _own(need: Need) -> Mapping[str, ServerFailure]:
    return NEEDS[need.kind].failures


def _available(need: Need, place: Place) -> Iterator[str]:
    """The kinds of failure that this need can have."""
    own = _own(need)
    yield from _UNDONE
    yield from own
    keeps = not place.shares_ports or need.kind not in _IN_MEMORY  # elsewhere its image has a disk
    yield from (kind for kind in (DISCONNECT, REFUSE, LATENCY) if kind not in own and keeps)


def _check_running(environment: "Environment", home: str) -> None:
    seen = environment.engine.observe(environment.identity).services.get(home)
    if seen is None or seen.state is not ServiceState.RUNNING:
        raise UsageError(f"{home} is not running", hint="start stopped or paused needs again: localenv clear")


def _client(environment: "Environment", name: str, words: tuple[str, ...], *, is_setting: bool = False) -> None:
    """Run the need's own client inside it; natively the one that may change settings, if it is asked to."""
    resolution = environment.deployment.resolution
    found = NEEDS[environment.stack.needs[name].kind].client
    assert found is not None
    command = (*found.command(environment.stack.needs[name]), *(Template((word,)) for word in words))
    argv = resolution.argv(command, Reader.INSIDE, name)
    if is_setting and not resolution.place.shares_ports:
        argv = (f"{argv[0]}{SETTING}", *argv[1:])
    home, variables = server_of(environment.stack, name), resolution.client(name)
    try:
        with announced(f"waiting for {name}, which does not answer; Ctrl-C ends this"):
            done = run(clients.inside(environment, home, argv, variables, terminal=False), timeout=_LONGEST)
    except TimedOut as error:
        hint = f"if it is paused: localenv unpause {home}; its log: localenv logs {home}"
        raise NotReadyError(f"{name} does not answer within {_LONGEST:.0f} s", hint=hint) from error
    if done.code or _REFUSED.match(done.output):  # redis-cli exits with 0
        answer = done.lines[-1] if done.lines else f"{argv[0]} exited with {done.code}"
        raise UsageError(f"{name} cannot do that on the {environment.engine.name} engine: {answer}")
