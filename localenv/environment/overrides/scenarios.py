"""Scenarios: stubs, flags and failures of a description that are active together, one scenario at a time."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from localenv.environment import stubbing
from localenv.environment.overrides import changes, entries, faults, flags, keeping, need_faults
from localenv.environment.overrides.changes import Replacing
from localenv.environment.overrides.entries import Override, OverrideKind, OverrideOwner
from localenv.environment.overrides.faults import Failing
from localenv.errors import LocalenvError, UsageError
from localenv.stack import Scenario, Stack, StubSource
from localenv.stubs import faults as words
from localenv.stubs import sources
from localenv.stubs.fault_mappings import Aim

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


def check(stack: Stack, name: str) -> Scenario:
    """The scenario of this name; raises UsageError."""
    if name not in stack.scenarios:
        raise UsageError(f"unknown scenario '{name}'", hint=_available(stack))
    return stack.scenarios[name]


def _available(stack: Stack) -> str:
    return f"available: {', '.join(stack.scenarios)}" if stack.scenarios else "describe it under scenarios:"


def active(environment: "Environment") -> list[Override]:
    """The overrides of scenarios."""
    return [one for one in changes.active(environment) if one.scenario]


@dataclass(frozen=True, kw_only=True)
class Activated(Replacing):
    """The overrides of a scenario; when the block exits, the scenario that it `replaced` is active again."""

    def restore(self) -> None:
        """Activate the scenario before again."""
        _restore(self.environment, self.replaced)


def activate(environment: "Environment", name: str, *, owner: OverrideOwner, seconds: float | None) -> Activated:
    """Activate a scenario in place of the active one; on a failure nothing has changed. Raises UsageError."""
    wanted, before = check(environment.stack, name), active(environment)
    changes.remove(environment, before)  # first, because failures copy what is there
    done: list[Override] = []
    try:
        for one in _added(environment, wanted, owner=owner, seconds=seconds, name=name):
            done.append(one)
    except LocalenvError:
        changes.remove(environment, done)
        _restore(environment, before)
        raise
    return Activated(environment=environment, overrides=done, replaced=before)


def _restore(environment: "Environment", before: Sequence[Override]) -> None:
    """Make overrides active again that were removed, the oldest first, unless their time or owner has ended."""
    stack, deployment = environment.stack, environment.deployment
    lasting = [one for one in before if not one.is_over]
    for one in lasting:
        if one.server or one.kind is OverrideKind.FLAG:
            keeping.add(environment.identity, one.record())
        elif not one.is_done:
            need_faults.again(environment, one)
    for server in dict.fromkeys(one.server for one in lasting if one.server):
        entries.restore(deployment, server)
        own = [one for one in lasting if one.server == server]
        for one in own:
            if one.kind is OverrideKind.FAULT:
                faults.keep_time(deployment, one)
        with stubbing.admin(deployment, server) as opened:
            for name in dict.fromkeys(one.subject for one in own):
                faults.refresh(deployment, opened, stack.upstreams[name])


def mappings(wanted: Scenario, upstream: str) -> list[dict[str, Any]]:
    """The stubs that a scenario adds to an upstream, the last goes first."""
    found = []
    for folder in reversed(wanted.stubs.get(upstream, ())):
        source = StubSource(kind="stubs", value=folder)
        bodies = sources.bodies(source)
        for one in reversed(sources.mappings(source)):
            response = dict(one.mapping.get("response", {}))
            if file := bodies.get(str(response.pop("bodyFileName", ""))):
                response["base64Body"] = base64.b64encode(file.read_bytes()).decode()
            found.append({**one.mapping, "response": response})
    return found


def _added(
    environment: "Environment", wanted: Scenario, *, owner: OverrideOwner, seconds: float | None, name: str
) -> Iterator[Override]:
    stack, deployment = environment.stack, environment.deployment
    for upstream in wanted.stubs:
        begun = replace(entries.new(OverrideKind.STUB, upstream, owner, seconds=seconds), scenario=name)
        with stubbing.admin(deployment, stack.upstreams[upstream].server) as opened:
            yield entries.add(deployment, opened, stack.upstreams[upstream], mappings(wanted, upstream), begun)
            faults.refresh(deployment, opened, stack.upstreams[upstream])
    if wanted.flags:
        values = json.loads(wanted.flags)
        yield from flags.set_values(environment, values, seconds=seconds, owner=owner, scenario=name)
    for subject, kinds in wanted.faults.items():
        if subject in stack.needs:
            yield need_faults.add(environment, subject, kinds, aim=Aim(), seconds=seconds, owner=owner, scenario=name)
            continue
        failing = Failing(fault=words.parsed(kinds, stack.faults))
        begun = replace(entries.new(OverrideKind.FAULT, subject, owner, seconds=seconds), scenario=name)
        with stubbing.admin(deployment, stack.upstreams[subject].server) as opened:
            yield faults.add(deployment, opened, stack.upstreams[subject], failing, begun)
