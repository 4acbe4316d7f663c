"""An environment that runs: what can be done with it. Each part is a module, imported when it is first used.

To import `localenv` must cost next to nothing, and this is the class that it exports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    from localenv.engines import Deployment, Engine, LogLine
    from localenv.environment.deaths import Death
    from localenv.environment.overrides import Override, OverrideOwner
    from localenv.environment.saved_stubs import SavedStubs
    from localenv.environment.status import Status
    from localenv.environment.up.preparing import Prepared
    from localenv.environment.up.seed_snapshots import Reset
    from localenv.events import Event, Listener
    from localenv.process import Invocation
    from localenv.stack import Stack
    from localenv.state import Record
    from localenv.stubs.calls import Call


def _ignore(event: Event) -> None:
    """Nobody listens."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment that runs, or ran a moment ago."""

    prepared: Prepared
    record: Record
    critical_path: str = ""
    warning: str = ""  # one line: its description cannot be used now, and what was applied stands instead
    listener: Listener = field(default=_ignore, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it, where this process owns it; one that belongs to another process stays."""
        from localenv.environment.down import removing

        removing.leave(self.identity, listener=self.listener)

    @property
    def identity(self) -> str:
        """Its name on this machine, and that of its Compose project."""
        return self.record.identity

    @property
    def stack(self) -> Stack:
        """What runs in it."""
        return self.prepared.stack

    @property
    def deployment(self) -> Deployment:
        """The stack with addresses and passwords."""
        return self.prepared.deployment

    @property
    def engine(self) -> Engine:
        """What runs it."""
        return self.prepared.engine

    def status(self, *, secrets: bool = False, counts: bool = True) -> Status:
        """A look at everything; URLs show passwords only with `secrets`, `counts` asks the stub servers too."""
        from localenv.environment import status

        return status.of(self, secrets=secrets, counts=counts)

    def deaths(self) -> tuple[Death, ...]:
        """What worked and runs no more, each with the last lines that it printed."""
        from localenv.environment import deaths

        return tuple(deaths.described(self.engine, self.identity, deaths.deaths(self.engine, self.deployment)))

    def url(self, name: str) -> str:
        """Where this machine reaches a service, need or upstream; raises UsageError for one that has no address."""
        from localenv.environment import addresses

        return addresses.url(self, name)

    def variables(self, service: str | None = None) -> dict[str, str]:
        """`LOCALENV_<NAME>_URL` and so on for everything; for a service also its own, resolved for this machine."""
        from localenv.environment import addresses

        return addresses.variables(self, service)

    def notes(self) -> tuple[str, ...]:
        """The notes of the description, with addresses for this machine; passwords are shown."""
        from localenv.environment import addresses

        return addresses.notes(self)

    def logs(
        self,
        names: Sequence[str] = (),
        *,
        since: float | None = None,
        tail: int | None = None,
        follow: bool = False,
        grep: str = "",
    ) -> Iterator[LogLine]:
        """Lines of output, oldest first; `since` in seconds of the epoch, `grep` a regular expression.

        An upstream's lines are its requests. Where nothing is named, the output of stub servers is left out.
        """
        from localenv.environment import output

        return output.lines(self, names, since=since, tail=tail, follow=follow, grep=grep)

    def requests(
        self, upstreams: Sequence[str] = (), *, since: float | None = None, follow: bool = False
    ) -> Iterator[Call]:
        """Requests to upstreams with bodies and what became of them, oldest first; `since` in seconds of the epoch.

        Where none is named, those to all, and to none of them. Raises UsageError for a name that is no upstream.
        """
        from localenv.environment import requests, stubbing

        stubbing.chosen(self.stack, upstreams)
        return requests.requests(self.deployment, upstreams, since=since, follow=follow)

    def stub(
        self, upstream: str, *stubs: Mapping[str, Any], times: int | None = None, owner: OverrideOwner | None = None
    ) -> Override:
        """Lay stubs, mappings as WireMock writes them, on top of an upstream's own until `unstub`, or the end.

        With `times` they answer that many requests. Raises UsageError for a name that is no upstream, DescriptionError
        for a mapping that the server refuses, ValueError for 0 times.
        """
        from localenv.environment import overrides, stubbing

        (one,) = stubbing.chosen(self.stack, [upstream])
        laid = [each for stub in stubs for each in overrides.limited(stub, times)]
        with stubbing.admin(self.deployment, one.server) as opened:
            return overrides.lay(opened, one, laid, owner or overrides.OverrideOwner(kind=overrides.PROGRAM))

    def overrides(self, *upstreams: str) -> list[Override]:
        """What was laid on these upstreams (on all, where none is named) and lies there, the oldest first."""
        from localenv.environment import overrides, stubbing

        return overrides.of(self.deployment, stubbing.chosen(self.stack, upstreams))

    def unstub(self, *laid: Override) -> None:
        """Remove stubs that were laid on upstreams."""
        from localenv.environment import overrides, stubbing

        for one in laid:
            with stubbing.admin(self.deployment, self.stack.upstreams[one.upstream].server) as opened:
                overrides.remove(opened, [one])

    def invocation(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str] | None = None, *, terminal: bool = False
    ) -> Invocation:
        """How to run a command inside a service or need; raises UsageError for a name that is neither."""
        from localenv.environment import clients

        return clients.inside(self, name, argv, environment or {}, terminal=terminal)

    def shell(self, name: str, *, terminal: bool = True) -> Invocation:
        """How to open a shell inside a service or need; raises UsageError for a name that is neither."""
        from localenv.environment import clients

        return clients.inside(self, name, clients.SHELL, {}, terminal=terminal)

    def here(self, argv: Sequence[str], service: str | None = None) -> Invocation:
        """How to run a program of this machine with `variables`; its clients reach what these name and nothing else.

        The folders that services were prepared with are searched last: a `node_modules` of the repository's own goes
        before them.
        """
        from localenv.environment import clients

        return clients.here(self, argv, self.variables(service))

    def client(self, name: str, *, terminal: bool = True) -> Invocation:
        """The interactive client of a need: this machine's own where one reaches it, else the one in its image.

        Raises UsageError for a name that is no need, and for a kind that has no client.
        """
        from localenv.environment import clients

        return clients.client(self, name, terminal=terminal)

    def reloading(self, listener: Listener | None = None) -> AbstractContextManager[Future[None]]:
        """Reload stubs as they are saved, until the block is left; the listener gets an event for each upstream.

        After a mistake the old stubs stay, and the event has failed.
        """
        from localenv.environment import watching

        return watching.reloading(self.saved_stubs(listener))

    def saved_stubs(self, listener: Listener | None = None) -> SavedStubs:
        """Its stubs as they were loaded; `reload` loads those that were saved since, and emits events."""
        from localenv.environment import saved_stubs

        return saved_stubs.of(self, listener or self.listener)

    def reset(self, *names: str) -> Reset:
        """Reset needs and upstreams (all of them where none is named) to how they were when it became ready.

        What could not be reset is in the result. Raises UsageError for a name that cannot be reset, and JobError.
        """
        from localenv.environment import resetting

        return resetting.reset(self, names)

    def release(self) -> None:
        """Let it stay up when this process ends, which would remove it otherwise; `down` removes it."""
        from localenv.environment import leases

        leases.release(self.identity)
