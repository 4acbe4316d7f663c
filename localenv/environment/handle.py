"""A running environment and its operations. Each part is a module, imported when it is first used.

Importing `localenv`, which exports this class, must cost next to nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager
    from pathlib import Path

    from localenv.engines import Deployment, Engine, LogLine
    from localenv.environment.changes import Changed
    from localenv.environment.deaths import Death
    from localenv.environment.debuggers import Debugger
    from localenv.environment.flags import Flags
    from localenv.environment.mailing import Mail
    from localenv.environment.observed import StaleStub
    from localenv.environment.overrides import Override, OverrideOwner
    from localenv.environment.recording import Recording
    from localenv.environment.request import Request
    from localenv.environment.saved_stubs import SavedStubs
    from localenv.environment.status import Status
    from localenv.environment.up.preparing import Prepared
    from localenv.environment.up.seed_snapshots import Reset
    from localenv.environment.upstreams import UpstreamControl
    from localenv.errors import Problem
    from localenv.events import Event, Listener
    from localenv.process import Invocation
    from localenv.stack import Stack
    from localenv.state import Record
    from localenv.stubs.calls import Call
    from localenv.stubs.contracts import Violation
    from localenv.stubs.explanation import Explanation
    from localenv.stubs.fault_mappings import Aim
    from localenv.stubs.trial import Trial
    from localenv.stubs.verification import Verified


def _ignore(event: Event) -> None:
    """A listener that does nothing."""


class Neighbours(Protocol):
    """Looks at other environments, and brings them up."""

    def look(self, request: Request) -> Environment:
        """The environment of a description as it is now."""

    def up(self, request: Request) -> Environment:
        """Bring it up; returns when everything is ready."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment that runs, or did when it was looked up."""

    prepared: Prepared
    record: Record
    critical_path: str = ""
    warning: str = ""  # one line: the description cannot be used now; the last applied stack is used instead
    listener: Listener = field(default=_ignore, repr=False)
    neighbours: Neighbours = field(repr=False)  # other environments, for those that are real servers of upstreams

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the environment if this process owns it; otherwise leave it running."""
        from localenv.environment.down import removing

        removing.leave(self.identity, listener=self.listener)

    @property
    def identity(self) -> str:
        """The environment's unique name on this machine, also used for its Compose project."""
        return self.record.identity

    @property
    def stack(self) -> Stack:
        """The services, needs and upstreams of this environment."""
        return self.prepared.stack

    @property
    def deployment(self) -> Deployment:
        """The stack with addresses and passwords."""
        return self.prepared.deployment

    @property
    def engine(self) -> Engine:
        """The engine that runs this environment."""
        return self.prepared.engine

    def status(self, *, secrets: bool = False, counts: bool = True) -> Status:
        """Get the status of everything; `secrets` shows passwords in URLs, `counts` queries the stub servers too."""
        from localenv.environment import status

        return status.of(self, secrets=secrets, counts=counts)

    def deaths(self) -> tuple[Death, ...]:
        """Services and needs that were ready and have stopped, each with its last log lines."""
        from localenv.environment import deaths

        return tuple(deaths.described(self.engine, self.identity, deaths.deaths(self.engine, self.deployment)))

    def url(self, name: str) -> str:
        """The address of a service, need or upstream on this machine; raises UsageError if it has none."""
        from localenv.environment import addresses

        return addresses.url(self, name)

    def variables(self, service: str | None = None) -> dict[str, str]:
        """`LOCALENV_<NAME>_URL` and so on for everything; a service's own variables too, resolved for this machine."""
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
        """Yield log lines, oldest first; `since` in seconds of the epoch, `grep` a regular expression.

        For an upstream, the lines are its requests. Without names, the output of stub servers is left out.
        """
        from localenv.environment import output

        return output.lines(self, names, since=since, tail=tail, follow=follow, grep=grep)

    def requests(
        self, upstreams: Sequence[str] = (), *, since: float | None = None, follow: bool = False
    ) -> Iterator[Call]:
        """Yield requests to upstreams with bodies and results, oldest first; `since` in seconds of the epoch.

        Without names, yields all requests, including those that belong to no upstream. Raises UsageError for a name
        that is not an upstream.
        """
        from localenv.environment import requests, stubbing

        stubbing.chosen(self.stack, upstreams)
        return requests.requests(self.deployment, upstreams, since=since, follow=follow)

    def explain(self, upstream: str = "", *, id: str = "", trial: Trial | None = None) -> Explanation | None:  # noqa: A002
        """Explain which stub answers a request and which ones nearly do: a request of the journal or a trial.

        `id` is the start of its id in `requests`; a trial is not sent to any stub. Without either, the last unmatched
        request, and None if there is none. Raises UsageError for an unknown id, and a trial without an upstream.
        """
        from localenv.environment import explaining

        return explaining.explain(self, upstream, id=id, trial=trial)

    def recording(self, upstream: str, origin: str) -> AbstractContextManager[Recording]:
        """Let the traffic of an upstream through to a real service (`https://api.example`) until the block exits.

        The recording then writes stubs of it. Raises UsageError for a name that is not an upstream, one without a
        folder of stubs, and for an origin that is none.
        """
        from localenv.environment import recording

        return recording.recording(self, upstream, origin)

    def save_stub(self, explanation: Explanation) -> Path:
        """Save the mapping of an explanation in the upstream's own folder of stubs; returns the new file.

        Raises UsageError if the upstream has no such folder.
        """
        from localenv.environment import explaining

        return explaining.save(self, explanation)

    def mails(self, need: str | None = None) -> list[Mail]:
        """Get what was sent to a mail server of the environment (default: the only one), the newest first.

        Raises UsageError for a name that is none.
        """
        from localenv.environment import mailing

        return mailing.mails(self, need)

    def verify_stubs(self) -> list[Verified]:
        """Verify Pact's contracts of upstreams against their stubs as they are now, by Pact's own verifier.

        Raises UsageError if no upstream has contracts, or the verifier is not installed.
        """
        from localenv.environment import verifying

        return verifying.stubs(self)

    def verify_service(self, name: str, contracts: Sequence[Path]) -> list[Verified]:
        """Verify Pact's contracts, files or folders, against a service under work, by Pact's own verifier.

        The data is the seeded one before each interaction; a job named after a provider state adds to it. Raises
        UsageError, DescriptionError for a broken contract, and JobError.
        """
        from localenv.environment import verifying

        return verifying.service(self, name, contracts)

    def violations(self, upstreams: Sequence[str] = (), *, since: float | None = None) -> list[Violation]:
        """What the contracts of upstreams do not allow in their requests and responses; `since` as in `requests`.

        Raises UsageError for a name that is not an upstream.
        """
        from localenv.environment import contracts

        return list(contracts.violations(self.deployment, upstreams, since))

    def unused_stubs(self, upstreams: Sequence[str] = ()) -> list[Problem]:
        """The mappings in folders of stubs that answered no request in the journal.

        Raises UsageError for a name that is not an upstream.
        """
        from localenv.environment import contracts

        return list(contracts.unused(self.deployment, upstreams))

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
        from localenv.environment import changes

        return changes.stub(self, upstream, stubs, times=times, seconds=seconds, owner=owner)

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
        from localenv.environment import faults

        return faults.fault(self, name, words, seconds=seconds, owner=owner, **({"aim": aim} if aim else {}))

    def upstream(self, name: str) -> UpstreamControl:
        """An upstream or need: `.fault(status=503)` and `.stub({…})`, for as long as a `with` block lasts.

        Raises UsageError for any other name.
        """
        from localenv.environment import upstreams

        return upstreams.upstream(self, name)

    def real(self, name: str, *, url: str = "", observe: bool = False, seconds: float | None = None) -> Changed:
        """Let the real server of an upstream answer, until `clear`, or the end of the block; `url` if not as described.

        With `observe`, its answers are compared with the stubs', see `stale_stubs`. Raises UsageError, with nothing
        changed, for an upstream without one; LocalenvError if it does not start.
        """
        from localenv.environment import changes, real

        laid = real.switch(self, name, url=url, observe=observe, seconds=seconds)
        return changes.Changed(environment=self, laid=[laid])

    def stale_stubs(self, *upstreams: str) -> list[StaleStub]:
        """The stubs that do not answer as an observed real server does, of these upstreams (default: of all)."""
        from localenv.environment import observed, stubbing

        chosen = stubbing.chosen(self.stack, upstreams)
        return [each for one in chosen for each in observed.stale(self.identity, one.name)]

    def scenario(self, name: str, *, seconds: float | None = None) -> Changed:
        """Lay a scenario of the description in the place of the one before, until `clear`, or the end of the block.

        Raises UsageError, with nothing changed, for an unknown one.
        """
        from localenv.environment import changes, scenarios

        laid = scenarios.lay(self, name, owner=changes.owner(), seconds=seconds)
        return changes.Changed(environment=self, laid=laid)

    @property
    def flags(self) -> Flags:
        """The feature flags: `.set(new_checkout=True)`, `.unset("new_checkout")`, `.reset()`, `.states()`."""
        from localenv.environment import flags

        return flags.Flags(environment=self)

    def overrides(self, *upstreams: str) -> list[Override]:
        """The active overrides of these upstreams (default: all overrides), the oldest first."""
        from localenv.environment import changes

        return changes.active(self, upstreams)

    def clear(self, *names: str) -> list[Override]:
        """Remove overrides: those with these ids, those of these upstreams, or all; returns them.

        Raises UsageError for any other name, with nothing removed.
        """
        from localenv.environment import changes

        return changes.clear(self, names)

    def unstub(self, *laid: Override) -> None:
        """Remove these overrides."""
        from localenv.environment import changes

        changes.remove(self, laid)

    def invocation(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str] | None = None, *, terminal: bool = False
    ) -> Invocation:
        """The invocation that runs a command inside a service or need; raises UsageError for any other name."""
        from localenv.environment import clients

        return clients.inside(self, name, argv, environment or {}, terminal=terminal)

    def shell(self, name: str, *, terminal: bool = True) -> Invocation:
        """The invocation that opens a shell inside a service or need; raises UsageError for any other name."""
        from localenv.environment import clients

        return clients.inside(self, name, clients.SHELL, {}, terminal=terminal)

    def here(self, argv: Sequence[str], service: str | None = None) -> Invocation:
        """The invocation that runs a program on this machine with `variables`; client settings of this process are
        removed.

        Folders prepared for services are searched last: a `node_modules` in the repository comes first.
        """
        from localenv.environment import clients

        return clients.here(self, argv, self.variables(service))

    def command(self, service: str) -> tuple[str, ...]:
        """A service's own command on this machine; empty if the description has none."""
        from localenv.environment import in_place, own_commands

        return own_commands.argv(self, in_place.service_of(self, service))

    def in_place(self, service: str, argv: Sequence[str] = ()) -> AbstractContextManager[Invocation]:
        """Take the place of a service on this machine until the block exits, then start the service again.

        Yields the invocation of the program (default: the service's own command), with the service's variables and
        `PORT`; everybody reaches it under the service's name and URL. Raises UsageError for a name that is not a
        service, or is taken; NotReadyError.
        """
        from localenv.environment import clients

        return clients.in_place(self, service, argv)

    def debugged(self, service: str, *, waits: bool = False) -> AbstractContextManager[tuple[Invocation, Debugger]]:
        """The same with the service's own command under the debugger of its language.

        With `waits` it begins when a debugger has attached. Raises UsageError for a command that no debugger here can
        run.
        """
        from localenv.environment import debugging

        return debugging.debugged(self, service, waits=waits)

    def client(self, name: str, *, terminal: bool = True) -> Invocation:
        """The interactive client of a need: the one on this machine if it can connect, else the one in its image.

        Raises UsageError for a name that is not a need, and for a kind without a client.
        """
        from localenv.environment import clients

        return clients.client(self, name, terminal=terminal)

    def reloading(self, listener: Listener | None = None) -> AbstractContextManager[Future[None]]:
        """Reload stubs as they are saved, until the block exits; the listener gets an event for each upstream.

        After a mistake the old stubs stay active, and the event reports a failure.
        """
        from localenv.environment import watching

        return watching.reloading(self.saved_stubs(listener))

    def watching(self, tell: Callable[[str], None], *, key: str = "") -> AbstractContextManager[Future[None]]:
        """Take changes of services' files over until the block exits; `tell` gets a line for each.

        `key` is what a person presses to run jobs that are due.
        """
        from localenv.environment import watching

        return watching.taking_over(self, tell, key)

    def saved_stubs(self, listener: Listener | None = None) -> SavedStubs:
        """The loaded stubs; `reload` loads those saved since, and emits events."""
        from localenv.environment import saved_stubs

        return saved_stubs.of(self, listener or self.listener)

    def reset(self, *names: str) -> Reset:
        """Reset needs and upstreams (default: all) to their state when the environment became ready.

        The result lists what could not be reset. Raises UsageError for a name that cannot be reset, and JobError.
        """
        from localenv.environment import resetting

        return resetting.reset(self, names)

    def stop(self, *names: str) -> None:
        """Stop services, needs or stub servers, until `start`, or the next `up`. Raises UsageError for other names."""
        self._change("stop", names)

    def start(self, *names: str) -> None:
        """Start what was stopped or paused, and wait until it is ready; a stub server gets its stubs and overrides
        back.

        Raises UsageError, NotReadyError.
        """
        self._change("start", names)

    def restart(self, *names: str) -> None:
        """Stop and start services, needs or stub servers, and wait until they are ready."""
        self._change("restart", names)

    def pause(self, *names: str) -> None:
        """Freeze services, needs or stub servers: they neither answer nor refuse connections."""
        self._change("pause", names)

    def unpause(self, *names: str) -> None:
        """Continue what was paused."""
        self._change("unpause", names)

    def _change(self, action: str, names: Sequence[str]) -> None:
        from localenv.environment import stopping

        stopping.change(self, names, action, by=f"process {os.getpid()}")

    def release(self) -> None:
        """Keep the environment running after this process exits, until `down` removes it."""
        from localenv.environment import leases

        leases.release(self.identity)
