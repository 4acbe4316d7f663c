"""What can be read of an environment: its status, addresses, variables, logs and mails."""

from __future__ import annotations

from localenv.environment.handle.part import Part

TYPE_CHECKING = False  # without `typing`: see the docstring of `localenv`
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from localenv.engines import LogLine
    from localenv.environment.deaths import Death
    from localenv.environment.mailing import Mail
    from localenv.environment.status import Status


class ReadingPart(Part):
    """What can be read of an environment: its status, addresses, variables, logs and mails."""

    def status(self, *, secrets: bool = False, counts: bool = True) -> Status:
        """Get the status of everything; `secrets` shows passwords in URLs, `counts` queries the stub servers too."""
        from localenv.environment import status

        return status.of(self._environment, secrets=secrets, counts=counts)

    def deaths(self) -> tuple[Death, ...]:
        """Services and needs that were ready and have stopped, each with its last log lines."""
        from localenv.environment import deaths

        found, engine = self._environment, self._environment.engine
        return tuple(deaths.described(engine, found.identity, deaths.deaths(engine, found.deployment)))

    def url(self, name: str) -> str:
        """The address of a service, need or upstream on this machine; raises UsageError if it has none."""
        from localenv.environment import addresses

        return addresses.url(self._environment, name)

    def variables(self, service: str | None = None) -> dict[str, str]:
        """`LOCALENV_<NAME>_URL` and so on for everything; a service's own variables too, resolved for this machine."""
        from localenv.environment import addresses

        return addresses.variables(self._environment, service)

    def notes(self) -> tuple[str, ...]:
        """The notes of the description, with addresses for this machine; passwords are shown."""
        from localenv.environment import addresses

        return addresses.notes(self._environment)

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
        from localenv.environment.logs import output

        return output.lines(self._environment, names, since=since, tail=tail, follow=follow, grep=grep)

    def mails(self, need: str | None = None) -> list[Mail]:
        """Get what was sent to a mail server of the environment (default: the only one), the newest first.

        Raises UsageError for a name that is none.
        """
        from localenv.environment import mailing

        return mailing.mails(self._environment, need)
