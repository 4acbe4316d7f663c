"""The overrides of an environment: added stubs, faults, real servers, scenarios and flags; its saved stubs."""

from __future__ import annotations

from localenv.environment.handle.part import Part

TYPE_CHECKING = False  # without `typing`: see the docstring of `localenv`
if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future
    from contextlib import AbstractContextManager
    from typing import Any

    from localenv.environment.overrides.changes import Changed
    from localenv.environment.overrides.entries import Override, OverrideOwner
    from localenv.environment.overrides.flags import Flags
    from localenv.environment.overrides.observed import StaleStub
    from localenv.environment.overrides.upstreams import UpstreamControl
    from localenv.environment.saved_stubs import SavedStubs
    from localenv.events import Listener
    from localenv.stubs.fault_mappings import Aim


class OverridesPart(Part):
    """The overrides of an environment: added stubs, faults, real servers, scenarios and flags; its saved stubs."""

    def stub(
        self,
        upstream: str,
        *stubs: Mapping[str, Any],
        times: int | None = None,
        seconds: float | None = None,
        owner: OverrideOwner | None = None,
    ) -> Override:
        """Add stubs (WireMock mappings) on top of an upstream's own, until `clear`, or until their owner exits.

        The owner is this process. With `times` they answer that many requests, and they end after `seconds`. Raises
        UsageError for a name that is not an upstream, DescriptionError for a mapping that the server refuses,
        ValueError for 0 times.
        """
        from localenv.environment.overrides import changes

        return changes.stub(self._environment, upstream, stubs, times=times, seconds=seconds, owner=owner)

    def fault(
        self,
        name: str,
        *words: str,
        aim: Aim | None = None,
        seconds: float | None = None,
        owner: OverrideOwner | None = None,
    ) -> Override:
        """Make an upstream or a need fail, in the words of `localenv fault`, until `clear`, or until the owner exits.

        The owner is this process. Raises UsageError, with nothing changed, for what it cannot do.
        """
        from localenv.environment.overrides import faults

        return faults.fault(
            self._environment, name, words, seconds=seconds, owner=owner, **({"aim": aim} if aim else {})
        )

    def upstream(self, name: str) -> UpstreamControl:
        """An upstream or need: `.fault(status=503)` and `.stub({…})`, for as long as a `with` block lasts.

        Raises UsageError for any other name.
        """
        from localenv.environment.overrides import upstreams

        return upstreams.upstream(self._environment, name)

    def real(self, name: str, *, url: str = "", observe: bool = False, seconds: float | None = None) -> Changed:
        """Let the real server of an upstream answer, until `clear`, or the end of the block; `url` if not as described.

        With `observe`, its answers are compared with the stubs', see `stale_stubs`. When the block exits, the real
        server before answers again, if there was one. Raises UsageError for an upstream without one, LocalenvError if
        it does not start; then nothing has changed.
        """
        from localenv.environment.overrides import real

        return real.switch(self._environment, name, url=url, observe=observe, seconds=seconds)

    def stale_stubs(self, *upstreams: str) -> list[StaleStub]:
        """The stubs that do not answer as an observed real server does, of these upstreams (default: of all)."""
        from localenv.environment import stubbing
        from localenv.environment.overrides import observed

        chosen = stubbing.chosen(self._environment.stack, upstreams)
        return [each for one in chosen for each in observed.stale(self._environment.identity, one.name)]

    def scenario(self, name: str, *, seconds: float | None = None) -> Changed:
        """Activate a scenario of the description in place of the active one, until `clear`, or the end of the block.

        When the block exits, the one before is active again. Raises UsageError, with nothing changed, if it is unknown.
        """
        from localenv.environment.overrides import changes, scenarios

        return scenarios.activate(self._environment, name, owner=changes.owner(), seconds=seconds)

    @property
    def flags(self) -> Flags:
        """The feature flags: `.set(new_checkout=True)`, `.unset("new_checkout")`, `.reset()`, `.states()`."""
        from localenv.environment.overrides import flags

        return flags.Flags(environment=self._environment)

    def overrides(self, *upstreams: str) -> list[Override]:
        """The active overrides of these upstreams (default: all overrides), the oldest first."""
        from localenv.environment.overrides import changes

        return changes.active(self._environment, upstreams)

    def clear(self, *names: str) -> list[Override]:
        """Remove overrides: those with these ids, those of these upstreams, or all; returns them.

        Raises UsageError for any other name, with nothing removed.
        """
        from localenv.environment.overrides import changes

        return changes.clear(self._environment, names)

    def unstub(self, *overrides: Override) -> None:
        """Remove these overrides."""
        from localenv.environment.overrides import changes

        changes.remove(self._environment, overrides)

    def saved_stubs(self, listener: Listener | None = None) -> SavedStubs:
        """The loaded stubs; `reload` loads those saved since, and emits events."""
        from localenv.environment import saved_stubs

        return saved_stubs.of(self._environment, listener or self._environment.listener)

    def reloading(self, listener: Listener | None = None) -> AbstractContextManager[Future[None]]:
        """Reload stubs as they are saved, until the block exits; the listener gets an event for each upstream.

        After a mistake the old stubs stay active, and the event reports a failure.
        """
        from localenv.environment import watching

        return watching.reloading(self._environment.saved_stubs(listener))
