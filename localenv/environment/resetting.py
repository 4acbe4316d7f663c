"""Reset a running environment to its state when it became ready: the data of needs and the stub servers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from localenv.environment import stubbing
from localenv.environment.overrides import entries, real_endings
from localenv.environment.overrides.entries import OverrideKind
from localenv.environment.up import seed_snapshots
from localenv.environment.up.seed_snapshots import Reset
from localenv.errors import LocalenvError, UsageError
from localenv.stack import Role, Stack

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


def reset(environment: "Environment", names: Iterable[str] = ()) -> Reset:
    """Reset needs and upstreams (default: all); returns the changes that were undone, and what was skipped.

    Raises UsageError, before anything is changed, for a name that cannot be reset.
    """
    stack, chosen = environment.stack, list(dict.fromkeys(names))
    upstreams = [name for name in chosen if name in stack.upstreams]
    needs = [name for name in chosen if name not in upstreams]
    for name in needs:
        _check(stack, name)
    done = seed_snapshots.reset(environment, needs) if needs or not chosen else Reset(changed={}, not_reset={})
    for server in stack.of(Role.STUBS):
        own = [one.name for one in stack.upstreams.values() if one.server == server.name]
        if due := [name for name in own if name in upstreams or not chosen]:
            done = _with_stubs(environment, done, server.name, due, whole=not chosen)
    return done


def _check(stack: Stack, name: str) -> None:
    if name not in stack.needs:
        known = ", ".join((*stack.needs, *stack.upstreams)) or "none"
        raise UsageError(f"unknown need or upstream '{name}'", hint=f"available: {known}")
    seed_snapshots.check(stack, name)


def _with_stubs(environment: "Environment", done: Reset, server: str, names: Sequence[str], *, whole: bool) -> Reset:
    """Add the results of upstreams; requests of no upstream are listed under their server's name."""
    laid = [one for one in entries.recorded(environment.identity) if one.subject in names]
    try:
        as_loaded = bool(environment.warning)
        found = stubbing.reset(environment.deployment, names, whole=whole, as_loaded=as_loaded)
    except LocalenvError as error:
        lost = dict.fromkeys(names, str(error).partition("\n")[0])
        failure = done.failure or LocalenvError(f"not reset: {', '.join(lost)}", hint=error.hint)
        return replace(done, not_reset={**done.not_reset, **lost}, failure=failure)
    for one in laid:
        if one.kind is OverrideKind.REAL:
            real_endings.end(environment.engine, environment.identity, one)
        if one.kind is OverrideKind.FLAG:
            found[one.subject] = (*found[one.subject], f"flag {one.title}")
    return replace(done, changed={**done.changed, **{name or server: what for name, what in found.items()}})
