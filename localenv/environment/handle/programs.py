"""Programs that run inside a service or need, or on this machine with an environment's variables."""

from __future__ import annotations

from localenv.environment.handle.part import Part

TYPE_CHECKING = False  # without `typing`: see the docstring of `localenv`
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from localenv.environment.here.debuggers import Debugger
    from localenv.process import Invocation


class ProgramsPart(Part):
    """Programs that run inside a service or need, or on this machine with an environment's variables."""

    def invocation(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str] | None = None, *, terminal: bool = False
    ) -> Invocation:
        """The invocation that runs a command inside a service or need; raises UsageError for any other name."""
        from localenv.environment import clients

        return clients.inside(self._environment, name, argv, environment or {}, terminal=terminal)

    def shell(self, name: str, *, terminal: bool = True) -> Invocation:
        """The invocation that opens a shell inside a service or need; raises UsageError for any other name."""
        from localenv.environment import clients

        return clients.inside(self._environment, name, clients.SHELL, {}, terminal=terminal)

    def here(self, argv: Sequence[str], service: str | None = None) -> Invocation:
        """The invocation that runs a program on this machine with `variables`; client settings of this process are
        removed.

        Folders prepared for services are searched last: a `node_modules` in the repository comes first.
        """
        from localenv.environment import clients

        return clients.here(self._environment, argv, self._environment.variables(service))

    def command(self, service: str) -> tuple[str, ...]:
        """A service's own command on this machine; empty if the description has none."""
        from localenv.environment.here import in_place, own_commands

        return own_commands.argv(self._environment, in_place.service_of(self._environment, service))

    def is_prepared(self, service: str) -> bool:
        """Whether a service's own command can run on this machine at once, without `native.setup` before it."""
        from localenv.environment.here import in_place, own_commands

        return own_commands.is_prepared(self._environment, in_place.service_of(self._environment, service))

    def in_place(self, service: str, argv: Sequence[str] = ()) -> AbstractContextManager[Invocation]:
        """Take the place of a service on this machine until the block exits, then start the service again.

        Yields the invocation of the program (default: the service's own command), with the service's variables and
        `PORT`; everybody reaches it under the service's name and URL. Raises UsageError for a name that is not a
        service, or is taken; NotReadyError.
        """
        from localenv.environment import clients

        return clients.in_place(self._environment, service, argv)

    def debugged(self, service: str, *, waits: bool = False) -> AbstractContextManager[tuple[Invocation, Debugger]]:
        """The same with the service's own command under the debugger of its language.

        With `waits` it begins when a debugger has attached. Raises UsageError for a command that no debugger here can
        run.
        """
        from localenv.environment.here import debugging

        return debugging.debugged(self._environment, service, waits=waits)

    def client(self, name: str, *, terminal: bool = True) -> Invocation:
        """The interactive client of a need: the one on this machine if it can connect, else the one in its image.

        Raises UsageError for a name that is not a need, and for a kind without a client.
        """
        from localenv.environment import clients

        return clients.client(self._environment, name, terminal=terminal)
