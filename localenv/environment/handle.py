"""An environment that runs: where everything is, what it prints, and how to get inside."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localenv import state
from localenv.engines import Deployment, Engine, LogLine
from localenv.environment import owning, stubbing
from localenv.environment import status as status_
from localenv.environment.event_log import nobody
from localenv.environment.status import Status
from localenv.environment.up.preparing import Prepared
from localenv.errors import UsageError
from localenv.events import Listener
from localenv.needs.kinds import KINDS
from localenv.process import Invocation
from localenv.stack import Reader, Role, Stack, variable
from localenv.state import Life, Record


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment that runs, or ran a moment ago."""

    prepared: Prepared
    record: Record
    critical_path: str = ""
    listener: Listener = field(default=nobody, repr=False)

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
        record = state.load(self.identity) or self.record.but(state=Life.STOPPED)
        seen = self.engine.observe(self.identity)
        return status_.status(self.engine, self.deployment, record, seen, secrets=secrets, counts=counts)

    def url(self, name: str) -> str:
        """Where this machine reaches a service, need or upstream; raises UsageError for one that has no address."""
        if name not in self.stack.ports:
            known = ", ".join(self._names())
            if name in self.stack.services:
                raise UsageError(f"{name} has no address", hint=f"these have: {known}")
            raise UsageError(f"there is no service, need or upstream '{name}'", hint=f"there is {known}")
        return self.deployment.resolution.connection(name, Reader.MACHINE).url

    def variables(self, service: str | None = None) -> dict[str, str]:
        """`LOCALENV_<NAME>_URL` and so on for everything; for a service also its own, resolved for this machine."""
        found = {"LOCALENV_ENVIRONMENT": self.identity}
        for name in self._names():
            found |= self._facts(name)
        if service is None:
            return found
        one = self.stack.services.get(service)
        if one is None or one.role is not Role.SERVICE:
            known = ", ".join(service.name for service in self.stack.of(Role.SERVICE))
            raise UsageError(f"there is no service '{service}'", hint=f"there is {known}")
        self._put_files(one.files)
        return found | self.deployment.resolution.environment(one, Reader.MACHINE)

    def logs(
        self, names: Sequence[str] = (), *, since: float | None = None, tail: int | None = None, follow: bool = False
    ) -> Iterator[LogLine]:
        """Lines of output, oldest first; `since` in seconds of the epoch."""
        return self.engine.logs(self.identity, names, since=since, tail=tail, follow=follow)

    def invocation(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str] | None = None, *, terminal: bool = False
    ) -> Invocation:
        """How to run a command inside a service or need."""
        if name not in self.stack.services:
            known = ", ".join(one.name for one in self.stack.of(Role.SERVICE, Role.NEED))
            raise UsageError(f"there is no service or need '{name}'", hint=f"there is {known}")
        return self.engine.invocation(self.deployment, name, argv, environment or {}, terminal=terminal)

    def client(self, name: str, *, terminal: bool = True) -> Invocation:
        """The interactive client of a need: this machine's own where one reaches it, else its place's own."""
        need = self.stack.needs.get(name)
        if need is None:
            raise UsageError(f"there is no need '{name}'", hint=f"there is {', '.join(self.stack.needs) or 'none'}")
        resolution, client = self.deployment.resolution, KINDS[need.kind].CLIENT
        if client is None:
            raise UsageError(
                f"{name} has no client: {need.kind} comes as a server alone", hint=f"it is at {self.url(name)}"
            )
        command = client.command(need)
        argv = resolution.argv(command, Reader.MACHINE, name)
        if client.is_remote and shutil.which(argv[0]):
            return Invocation(argv=argv, more=resolution.client(name, Reader.MACHINE))
        inside = resolution.argv(command, Reader.INSIDE, name)
        return self.invocation(name, inside, resolution.client(name), terminal=terminal)

    def reload(self, upstream: str) -> None:
        """Put an upstream's stubs, as they are on disk now, into its running server."""
        stubbing.load(self.deployment, upstream)

    def release(self) -> None:
        """Let it stay up when this process ends, which would remove it otherwise; `down` removes it."""
        owning.release(self.identity)

    def _names(self) -> list[str]:
        return [name for name in self.stack.ports if name not in {one.name for one in self.stack.of(Role.STUBS)}]

    def _facts(self, name: str) -> dict[str, str]:
        connection = self.deployment.resolution.connection(name, Reader.MACHINE)
        facts = ("url", "host", "port", "user", "password", "database")
        told = {f"LOCALENV_{variable(name)}_{fact.upper()}": getattr(connection, fact) for fact in facts}
        return {key: text for key, text in told.items() if text}

    def _put_files(self, names: Sequence[str]) -> None:
        for name, content in self.deployment.files.items():
            if name.removesuffix(".pub") in names:
                file = Path(self.deployment.resolution.place.path(Reader.MACHINE, name))
                state.write_bytes(file, content)
