"""Feature flags in a test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localenv.environment.overrides import changes, flags
from localenv.environment.overrides.entries import TEST, OverrideOwner
from localenv.pytest_plugin.running import Running
from localenv.pytest_plugin.scope import Scope


@dataclass(frozen=True, kw_only=True)
class FlagsFixture:
    """The flags of this worker; what is set ends with the test, or the session."""

    running: Running = field(repr=False)
    scope: Scope = field(repr=False)

    def set(
        self, values: Mapping[str, Any] | None = None, /, *, when: Mapping[str, Any] | None = None, **named: Any
    ) -> changes.Changed:
        """Set flags: `set(new_checkout=True)`; with `when`, only where the context has these values.

        In `with`, until the end of the block. Raises UsageError for an unknown flag, a value of another type, or
        a description without flags.
        """
        environment = self.running.environment
        flags.described(environment)
        added = flags.set_values(
            environment,
            {**(values or {}), **named},
            when=[dict(when)] if when else [],
            owner=self._owner,
            upstream=self.running.own(flags.UPSTREAM, environment.stack.upstreams),
        )
        changed = changes.Changed(environment=environment, overrides=added)
        self.scope.undo.callback(changed.clear)
        return changed

    def unset(self, *names: str) -> None:
        """Remove what this test, or the session, has set on these flags; raises UsageError for an unknown flag."""
        if names:
            self._unset(names)

    def reset(self) -> None:
        """The same for all flags."""
        self._unset(())

    def evaluations(self) -> dict[str, dict[str, int]]:
        """How often each variant of each flag was evaluated since the test began."""
        calls = (call for call in self.running.traffic.calls(self.scope) if call.upstream == flags.UPSTREAM)
        return {name: dict(counts) for name, counts in flags.evaluations(calls).items()}

    def _unset(self, names: Sequence[str]) -> None:
        environment = self.running.environment
        upstream = self.running.own(flags.UPSTREAM, environment.stack.upstreams)
        flags.unset(environment, names, upstream=upstream, owner=self._owner)

    @property
    def _owner(self) -> OverrideOwner:
        return OverrideOwner.here(TEST, name=self.scope.name, worker=self.running.worker)
