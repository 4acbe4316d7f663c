"""A running environment: addresses, logs, requests, stubs, and commands inside it."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from localenv import redaction, state
from localenv.engines import Deployment, Engine, LogLine
from localenv.environment import deaths, finding, leases, stubbing
from localenv.environment import status as status_
from localenv.environment.deaths import Death
from localenv.environment.down import removing
from localenv.environment.log_lines import matching, merged, tailed, tailed_each
from localenv.environment.saved_stubs import SavedStubs
from localenv.environment.status import Status
from localenv.environment.up.digests import digest_of_stubs
from localenv.environment.up.preparing import Prepared
from localenv.errors import UsageError
from localenv.events import EventLog, Listener, ignore
from localenv.host import files
from localenv.needs.kinds import KINDS, without_client_settings
from localenv.planner import jobs
from localenv.process import Invocation
from localenv.rendering import file_names
from localenv.stack import Reader, Role, Stack, Upstream, variable
from localenv.stack.states import EnvironmentState
from localenv.state import Record
from localenv.stubs.server import USER

if TYPE_CHECKING:
    from localenv.environment.overrides import Override, OverrideOwner
    from localenv.environment.up.seed_snapshots import Reset
    from localenv.stubs.calls import Call


_SHELL = ("sh", "-c", "if command -v bash >/dev/null; then exec bash; else exec sh; fi")  # the best shell of an image


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment that runs, or did when it was looked up."""

    prepared: Prepared
    record: Record
    critical_path: str = ""
    warning: str = ""  # one line: the description cannot be used now; the last applied stack is used instead
    listener: Listener = field(default=ignore, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the environment if this process owns it; otherwise leave it running."""
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
        record = state.load(self.identity) or self.record.but(state=EnvironmentState.STOPPED)
        seen = self.engine.observe(self.identity)
        return status_.status(self.engine, self.deployment, record, seen, secrets=secrets, counts=counts)

    def deaths(self) -> tuple[Death, ...]:
        """Services and needs that were ready and have stopped, each with its last log lines."""
        return tuple(deaths.described(self.engine, self.identity, deaths.deaths(self.engine, self.deployment)))

    def url(self, name: str) -> str:
        """The address of a service, need or upstream on this machine; raises UsageError if it has none."""
        if name not in self.stack.ports:
            known = ", ".join(self._names())
            if name in self.stack.services:
                raise UsageError(f"{name} has no address", hint=f"with an address: {known}")
            raise UsageError(f"unknown service, need or upstream '{name}'", hint=f"available: {known}")
        return self.deployment.resolution.connection(name, Reader.MACHINE).url

    def variables(self, service: str | None = None) -> dict[str, str]:
        """`LOCALENV_<NAME>_URL` and so on for everything; a service's own variables too, resolved for this machine."""
        found = {finding.VARIABLE: self.identity, "LOCALENV_ENV": self.record.env, **self._stubs_url()}
        for name in self._names():
            found |= self._facts(name)
        if service is None:
            return found
        one = self.stack.services.get(service)
        if one is None or one.role is not Role.SERVICE:
            known = ", ".join(service.name for service in self.stack.of(Role.SERVICE))
            raise UsageError(f"unknown service '{service}'", hint=f"available: {known}")
        self._put_files(file_names(self.stack, one))
        return found | self.deployment.resolution.environment(one, Reader.MACHINE)

    def notes(self) -> tuple[str, ...]:
        """The notes of the description, with addresses for this machine; passwords are shown."""
        self._put_files(jobs.files_used(self.stack.notes, self.stack.files))
        return tuple(self.deployment.resolution.text(note, Reader.MACHINE).strip() for note in self.stack.notes)

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
        if grep:
            every = self.logs(names, since=since, follow=follow)
            return tailed_each(matching(every, grep), None if follow else tail)
        servers = {one.name for one in self.stack.of(Role.STUBS)}
        upstreams = [name for name in names if name in self.stack.upstreams]
        printing = [name for name in names if name not in upstreams]
        if printing or not names:
            raw = self.engine.logs(self.identity, printing, since=since, tail=tail, follow=follow)
            lines = (replace(line, text=redaction.redacted_traffic(line.text)) for line in raw)
            shown = lines if names else (line for line in lines if line.service not in servers)
        if not upstreams:
            return shown
        asked = tailed(self._request_lines(upstreams, since=since, follow=follow), None if follow else tail)
        return merged([shown, asked] if printing else [asked], follow=follow)

    def requests(
        self, upstreams: Sequence[str] = (), *, since: float | None = None, follow: bool = False
    ) -> "Iterator[Call]":
        """Yield requests to upstreams with bodies and results, oldest first; `since` in seconds of the epoch.

        Without names, yields all requests, including those that belong to no upstream. Raises UsageError for a name
        that is not an upstream.
        """
        from localenv.environment import requests  # keeps its HTTP client out of an `up` with nothing to do

        self._upstreams(upstreams)
        return requests.requests(self.deployment, upstreams, since=since, follow=follow)

    def stub(
        self,
        upstream: str,
        *stubs: "Mapping[str, Any]",
        times: int | None = None,
        owner: "OverrideOwner | None" = None,
    ) -> "Override":
        """Add stubs (WireMock mappings) on top of an upstream's own, until `unstub` or the end of the environment.

        With `times` they answer that many requests. Raises UsageError for a name that is not an upstream,
        DescriptionError for a mapping that the server refuses, ValueError for 0 times.
        """
        from localenv.environment import overrides  # so that `up` does not load the stub checks

        one = self._upstreams((upstream,))[0]
        laid = [each for stub in stubs for each in overrides.limited(stub, times)]
        with stubbing.admin(self.deployment, one.server) as opened:
            return overrides.lay(opened, one, laid, owner or overrides.OverrideOwner(kind=overrides.PROGRAM))

    def overrides(self, *upstreams: str) -> "list[Override]":
        """The active overrides of these upstreams (default: of all), the oldest first."""
        from localenv.environment import overrides

        return overrides.of(self.deployment, self._upstreams(upstreams))

    def unstub(self, *laid: "Override") -> None:
        """Remove overrides from upstreams."""
        from localenv.environment import overrides

        for one in laid:
            with stubbing.admin(self.deployment, self.stack.upstreams[one.upstream].server) as opened:
                overrides.remove(opened, [one])

    def _upstreams(self, names: Sequence[str]) -> list[Upstream]:
        """The upstreams with these names, or all; raises UsageError for an unknown name."""
        known = self.stack.upstreams
        for name in names:
            if name not in known:
                raise UsageError(f"unknown upstream '{name}'", hint=f"available: {', '.join(known) or 'none'}")
        return [known[name] for name in names or known]

    def _request_lines(self, upstreams: Sequence[str], *, since: float | None, follow: bool) -> Iterator[LogLine]:
        for call in self.requests(upstreams, since=since, follow=follow):
            yield LogLine(time=call.time, service=call.upstream, text=call.line)

    def invocation(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str] | None = None, *, terminal: bool = False
    ) -> Invocation:
        """The invocation that runs a command inside a service or need."""
        if name not in self.stack.services:
            known = ", ".join(one.name for one in self.stack.of(Role.SERVICE, Role.NEED))
            raise UsageError(f"unknown service or need '{name}'", hint=f"available: {known}")
        return self.engine.invocation(self.deployment, name, argv, environment or {}, terminal=terminal)

    def shell(self, name: str, *, terminal: bool = True) -> Invocation:
        """The invocation that opens a shell inside a service or need."""
        return self.invocation(name, _SHELL, terminal=terminal)

    def here(self, argv: Sequence[str], service: str | None = None) -> Invocation:
        """The invocation that runs a program on this machine with `variables`; client settings of this process are
        removed.

        Folders prepared for services are searched last: a `node_modules` in the repository comes first.
        """
        environment = self._without_client_settings()
        for name, folders in self.engine.search_paths(self.deployment).items():
            environment[name] = os.pathsep.join([*filter(None, [environment.get(name)]), *map(str, folders)])
        return Invocation(argv=tuple(argv), environment=environment, more=self.variables(service))

    def client(self, name: str, *, terminal: bool = True) -> Invocation:
        """The interactive client of a need: the one on this machine if it can connect, else the one inside the need."""
        need = self.stack.needs.get(name)
        if need is None:
            raise UsageError(f"unknown need '{name}'", hint=f"available: {', '.join(self.stack.needs) or 'none'}")
        resolution, client = self.deployment.resolution, KINDS[need.kind].CLIENT
        if client is None:
            raise UsageError(
                f"{name} has no client: {need.kind} brings no command-line client", hint=f"its URL: {self.url(name)}"
            )
        command = client.command(need)
        argv = resolution.argv(command, Reader.MACHINE, name)
        if client.is_remote and shutil.which(argv[0]):
            settings = resolution.client(name, Reader.MACHINE)
            return Invocation(argv=argv, environment=self._without_client_settings(), more=settings)
        inside = resolution.argv(command, Reader.INSIDE, name)
        return self.invocation(name, inside, resolution.client(name), terminal=terminal)

    def reloading(self, listener: Listener | None = None) -> "AbstractContextManager[Future[None]]":
        """Reload stubs as they are saved, until the block exits; the listener gets an event for each upstream.

        After a mistake the old stubs stay active, and the event reports a failure.
        """
        from localenv.environment import watching

        return watching.reloading(self.saved_stubs(listener))

    def saved_stubs(self, listener: Listener | None = None) -> SavedStubs:
        """The loaded stubs; `reload` loads those saved since, and emits events."""
        upstreams = self.stack.upstreams
        return SavedStubs(
            upstreams=upstreams,
            digests={name: digest_of_stubs(self.record.components, name) for name in upstreams},
            load=partial(stubbing.load, self.deployment),
            events=EventLog(environment=self.identity, listener=listener or self.listener),
        )

    def reset(self, *names: str) -> "Reset":
        """Reset needs and upstreams (default: all) to their state when the environment became ready.

        The result lists what could not be reset. Raises UsageError for a name that cannot be reset, and JobError.
        """
        from localenv.environment import resetting  # imports this module

        return resetting.reset(self, names)

    def release(self) -> None:
        """Keep the environment running after this process exits, until `down` removes it."""
        leases.release(self.identity)

    def _without_client_settings(self) -> dict[str, str]:
        """This process's environment without variables that would direct a need's client to another server."""
        return without_client_settings(os.environ, {need.kind for need in self.stack.needs.values()})

    def _names(self) -> list[str]:
        return [name for name in self.stack.ports if name not in {one.name for one in self.stack.of(Role.STUBS)}]

    def _stubs_url(self) -> dict[str, str]:
        """The URL of the first stub server, with the login of its admin API."""
        for server in self.stack.of(Role.STUBS)[:1]:
            connection = self.deployment.resolution.connection(server.name, Reader.MACHINE)
            login = f"{USER}:{stubbing.password(self.deployment, server.name)}"
            return {"LOCALENV_STUBS_URL": f"http://{login}@{connection.host}:{connection.port}"}
        return {}

    def _facts(self, name: str) -> dict[str, str]:
        connection = self.deployment.resolution.connection(name, Reader.MACHINE)
        facts = ("url", "host", "port", "user", "password", "database")
        variables = {f"LOCALENV_{variable(name)}_{fact.upper()}": getattr(connection, fact) for fact in facts}
        return {key: text for key, text in variables.items() if text}

    def _put_files(self, names: Sequence[str]) -> None:
        for name, content in self.deployment.files.items():
            if name in names:
                file = Path(self.deployment.resolution.place.path(Reader.MACHINE, name))
                files.write_bytes(file, content)
