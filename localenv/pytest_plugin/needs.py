"""A need in a test."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localenv import data, process
from localenv.environment.mailing import Mail
from localenv.environment.overrides import changes, entries, need_faults
from localenv.errors import UsageError
from localenv.needs import files
from localenv.process import Completed
from localenv.pytest_plugin import drivers
from localenv.pytest_plugin.running import Running
from localenv.pytest_plugin.scope import Scope
from localenv.stack import Command, Connection, Job, Reader, Stage, Template
from localenv.stack.workers import server_of
from localenv.stubs.fault_mappings import Aim


@dataclass(frozen=True, kw_only=True)
class NeedFixture:
    """The address and the data of a need; addresses are for this machine."""

    name: str
    running: Running = field(repr=False)
    scope: Scope = field(repr=False)

    @property
    def connection(self) -> Connection:
        """The connection parameters for a client."""
        return self.running.environment.deployment.resolution.connection(self._own, Reader.MACHINE)

    @property
    def url(self) -> str:
        """The URL, with user, password and database."""
        return self.connection.url

    @property
    def host(self) -> str:
        """The host on this machine."""
        return self.connection.host

    @property
    def port(self) -> int:
        """The published port."""
        return int(self.connection.port)

    @property
    def user(self) -> str:
        """The user name for the login."""
        return self.connection.user

    @property
    def password(self) -> str:
        """The user's password."""
        return self.connection.password

    @property
    def database(self) -> str:
        """This worker's own database; empty if the kind has none."""
        return self.connection.database

    def connect(self, **options: Any) -> Any:
        """A connection of the installed driver, closed when the test ends: psycopg, PyMySQL, redis, …

        The test may close it earlier, also with a `with` block. If the driver supports transactions, it commits each
        statement. Raises UsageError if no driver is installed.
        """
        opened = drivers.connect(self._kind, self.connection, options)
        self.scope.undo.callback(drivers.close, opened)
        return opened

    def reset(self) -> None:
        """Restore its data from when the environment was ready, without closing connections."""
        self.running.reset(self._own)

    def fails(self, *words: str) -> changes.Changed:
        """Fail in the words of `localenv fault`: `fails("refuse")`, `fails("latency=200ms")`; in a test, until it ends.

        In `with`, until the end of the block. Raises UsageError for what this kind, or the engine, cannot do.
        """
        environment, scope = self.running.environment, self.scope
        wanted = need_faults.check(environment, self._own, words, Aim())
        need = environment.stack.needs[self._own]
        if self.running.is_shared or not need_faults.concerns_database(need, wanted):
            self.running.check_own(self.name)
        scope.interfered = True
        whose = entries.OverrideOwner.here(entries.TEST, name=scope.name, worker=self.running.worker)
        override = need_faults.add(environment, self._own, words, aim=Aim(), seconds=None, owner=whose)
        changed = changes.Changed(environment=environment, overrides=[override])
        scope.undo.callback(changed.clear)
        return changed

    def mails(self) -> list[Mail]:
        """What was sent to this mail server, the newest first."""
        return self.running.environment.mails(self._own)

    def load(self, file: str | Path, table: str | None = None) -> None:
        """Load a file of the repository, like a seed; raises JobError naming the line that failed.

        Raises UsageError for a file that does not exist.
        """
        folder = self.running.environment.stack.folder
        path = folder / file
        if not path.is_file():
            raise UsageError(f"no such file: {file}", hint=f"paths are relative to {folder}")
        if problem := files.problem(path, table, self._kind):
            raise UsageError(problem[0], hint=problem[1])
        need = self.running.environment.stack.needs[self._own]
        data.load(
            Job(name=f"{self.name}.load", stage=Stage.SEED, need=self._own, file=path, table=table), need, self._run
        )

    @property
    def _own(self) -> str:
        return self.running.own(self.name, self.running.environment.stack.needs)

    @property
    def _kind(self) -> str:
        return self.running.environment.stack.needs[self._own].kind

    def _run(
        self, need: str, command: Command, environment: Mapping[str, Template], stdin: Iterable[bytes] | None
    ) -> Completed:
        return execute(self.running, need, command, environment, stdin)


def execute(
    running: Running,
    need: str,
    command: Command,
    environment: Mapping[str, Template],
    stdin: Iterable[bytes] | None,
) -> Completed:
    """Run a command inside a need, which may share its server."""
    resolution = running.environment.deployment.resolution
    home = server_of(running.environment.stack, need)
    argv = resolution.argv(command, Reader.INSIDE, need)
    variables = resolution.mapping(environment, Reader.INSIDE, need)
    return process.run(running.environment.invocation(home, argv, variables), stdin=stdin)
