"""Change a running environment without a restart: add, list and remove its overrides."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from localenv.environment import stubbing
from localenv.environment.overrides import entries, faults, keeping, need_faults, real_endings
from localenv.environment.overrides.entries import Override, OverrideKind, OverrideOwner
from localenv.errors import UsageError

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


def owner() -> OverrideOwner:
    """This process, as a program that uses the Python API."""
    return OverrideOwner.here(entries.PROGRAM)


def stub(
    environment: "Environment",
    upstream: str,
    stubs: Sequence[Mapping[str, Any]],
    *,
    times: int | None,
    seconds: float | None,
    owner: OverrideOwner | None,
) -> Override:
    """Add stubs on top of an upstream's own, see `Environment.stub`."""
    (one,) = stubbing.chosen(environment.stack, [upstream])
    limited = [each for stub in stubs for each in entries.limited(stub, times)]
    begun = entries.new(OverrideKind.STUB, upstream, owner or _owner(), seconds=seconds)
    with stubbing.admin(environment.deployment, one.server) as opened:
        done = entries.add(environment.deployment, opened, one, limited, begun)
        faults.refresh(environment.deployment, opened, one)
    return done


def active(environment: "Environment", names: Sequence[str] = ()) -> list[Override]:
    """The active overrides of these upstreams, or all, the oldest first."""
    stack = environment.stack
    wanted = [one for one in names if one not in stack.needs]
    found = entries.of(environment.deployment, stubbing.chosen(stack, wanted)) if wanted or not names else []
    others = [one for one in entries.recorded(environment.identity) if not one.server and not one.is_over]
    found += [one for one in others if not names or one.subject in names]
    return sorted(found, key=lambda one: one.time)


def clear(environment: "Environment", names: Sequence[str]) -> list[Override]:
    """Remove overrides by id or upstream, or all; returns them. Raises UsageError with nothing removed."""
    known = active(environment)
    ids = {one.id for one in known}
    subjects = (*environment.stack.upstreams, *environment.stack.needs)
    for name in names:
        if name not in ids and name not in subjects:
            available = ", ".join((*sorted(ids), *subjects)) or "none"
            raise UsageError(f"unknown override, upstream or need '{name}'", hint=f"available: {available}")
    chosen = [one for one in known if not names or one.id in names or one.subject in names]
    remove(environment, chosen)
    return chosen


def remove(environment: "Environment", removed: Iterable[Override]) -> None:
    """Remove overrides; one that no longer exists is not an error."""
    removed = list(removed)
    lasting = {one.id for one in entries.recorded(environment.identity)}
    for server in dict.fromkeys(one.server for one in removed if one.server):
        with stubbing.admin(environment.deployment, server) as opened:
            gone = [one for one in removed if one.server == server]
            entries.remove(environment.identity, opened, gone)
            for name in dict.fromkeys(one.subject for one in gone):
                if upstream := environment.stack.upstreams.get(name):
                    faults.refresh(environment.deployment, opened, upstream)
    for one in removed:
        if one.kind is OverrideKind.REAL and one.id in lasting:  # otherwise it may be another's by now
            real_endings.end(environment.engine, environment.identity, one)
    with ExitStack() as steps:  # the newest first, each even if another failed
        for one in removed:
            if not one.server:
                steps.callback(keeping.remove, environment.identity, [one.id])
                if one.kind is OverrideKind.FAULT:
                    steps.callback(need_faults.undo, environment, one)


@dataclass(frozen=True, kw_only=True)
class Changed:
    """Overrides that are removed when the block exits."""

    environment: "Environment" = field(repr=False)
    overrides: Sequence[Override]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.clear()

    def clear(self) -> None:
        """Remove them now."""
        remove(self.environment, self.overrides)


@dataclass(frozen=True, kw_only=True)
class Replacing(Changed):
    """Overrides in the place of others, which are active again when the block exits."""

    replaced: Sequence[Override] = ()

    def clear(self) -> None:
        """Remove them now; what they replaced comes back, unless they were removed or replaced meanwhile."""
        known = {one.id for one in active(self.environment)}
        is_active = all(one.id in known for one in self.overrides if not one.is_done)
        super().clear()
        if is_active:
            self.restore()

    def restore(self) -> None:
        """Make what they replaced active again."""
        raise NotImplementedError


_owner = owner  # where a parameter has the same name
