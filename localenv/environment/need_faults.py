"""Failures of needs: what their engine or their own server can do."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from localenv.environment import clients, kept_overrides, overrides, stopping
from localenv.environment.overrides import Override, OverrideKind, OverrideOwner
from localenv.errors import UsageError
from localenv.host.waiting import looks
from localenv.needs.kinds import KINDS as NEEDS
from localenv.process import run
from localenv.stack import Reader, Template
from localenv.stack.states import ServiceState
from localenv.stack.workers import server_of
from localenv.stubs.fault_mappings import Aim

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

KINDS = ("stop", "pause", "disconnect", "refuse", "full", "latency=200ms")
_PATIENCE, _PAUSE = 5.0, 0.3  # seconds
_UNDONE = {"stop": "start", "pause": "unpause"}


@dataclass(frozen=True, kw_only=True)
class OfServer:
    """What a kind of server does itself: the words for its client, and those that undo it (empty: it does not last)."""

    words: Callable[[str], tuple[str, ...]]  # of the database
    undo: Callable[[str], tuple[str, ...]] = lambda _: ()


_REFUSED = re.compile(r"\s*(?:\(error\) )?(?:ERR|NOPERM|WRONGPASS|NOAUTH)\b")
_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
_ALLOW = 'ALTER DATABASE "{}" ALLOW_CONNECTIONS {}'
_SERVERS: Mapping[str, Mapping[str, OfServer]] = {
    "postgres": {
        "disconnect": OfServer(words=lambda _: ("-qtAc", _CUT)),
        "refuse": OfServer(
            words=lambda database: ("-d", "template1", "-qc", _ALLOW.format(database, "false")),
            undo=lambda database: ("-d", "template1", "-qc", _ALLOW.format(database, "true")),
        ),
    },
    "redis": {
        "disconnect": OfServer(words=lambda _: ("CLIENT", "KILL", "TYPE", "normal")),
        "full": OfServer(
            words=lambda _: ("CONFIG", "SET", "maxmemory", "1"), undo=lambda _: ("CONFIG", "SET", "maxmemory", "0")
        ),
    },
}


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
    kind = _kind(environment, name, words, aim)
    begun = overrides.new(OverrideKind.FAULT, name, owner, seconds=seconds, what=kind, scenario=scenario)
    home = server_of(environment.stack, name)
    if kind in _UNDONE:
        override = replace(begun, values={"service": home, "action": _UNDONE[kind]})
        _check_running(environment, home)
        kept_overrides.add(environment.identity, override.record())
        stopping.change(environment, [home], kind, by=str(owner))
        return override
    need = environment.stack.needs[name]
    does = _SERVERS[need.kind][kind]
    _client(environment, name, does.words(need.database))
    undo = does.undo(need.database)
    if not undo:
        return begun
    override = replace(begun, values={"service": home, "client": list(undo), "need": name})
    kept_overrides.add(environment.identity, override.record())
    return override


def undo(environment: "Environment", override: Override) -> None:
    """Let a need work again."""
    if client := override.values.get("client"):
        for is_last in looks(within=_PATIENCE, pause=_PAUSE):  # it may have been started just now
            try:
                _client(environment, override.subject, tuple(client))
            except UsageError:
                if is_last:
                    raise
            else:
                break
    else:
        stopping.change(environment, [override.values["service"]], override.values["action"], by=str(override.owner))


def _kind(environment: "Environment", name: str, words: Sequence[str], aim: Aim) -> str:
    need = environment.stack.needs[name]
    if len(words) != 1:
        raise UsageError(f"a need fails in one way: one of {', '.join(KINDS)}", hint=f"localenv fault {name} stop")
    if aim != Aim():
        raise UsageError(f"{name} is a need; --path, --method, --times and --after are for upstreams")
    kind, _, _ = words[0].partition("=")
    if kind not in (one.partition("=")[0] for one in KINDS):
        raise UsageError(f"unknown failure '{words[0]}' of a need", hint=f"available: {', '.join(KINDS)}")
    if kind in _UNDONE or kind in _SERVERS.get(need.kind, {}):
        return kind
    can = ", ".join((*_UNDONE, *_SERVERS.get(need.kind, {})))
    raise UsageError(
        f"{name}: {need.kind} on the {environment.engine.name} engine cannot do '{kind}'", hint=f"available: {can}"
    )


def _check_running(environment: "Environment", home: str) -> None:
    seen = environment.engine.observe(environment.identity).services.get(home)
    if seen is None or seen.condition is not ServiceState.RUNNING:
        raise UsageError(f"{home} is not running", hint="localenv clear lets what was stopped or paused run again")


def _client(environment: "Environment", name: str, words: tuple[str, ...]) -> None:
    """Run the need's own client inside it."""
    resolution = environment.deployment.resolution
    found = NEEDS[environment.stack.needs[name].kind].client
    assert found is not None
    command = (*found.command(environment.stack.needs[name]), *(Template((word,)) for word in words))
    argv = resolution.argv(command, Reader.INSIDE, name)
    home, variables = server_of(environment.stack, name), resolution.client(name)
    done = run(clients.inside(environment, home, argv, variables, terminal=False))
    if done.code or _REFUSED.match(done.output):  # redis-cli exits with 0
        reason = done.lines[-1] if done.lines else f"{argv[0]} exited with {done.code}"
        raise UsageError(f"{name} cannot do that on the {environment.engine.name} engine: {reason}")
