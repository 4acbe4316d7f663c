"""The backing services localenv runs for real: a module for each kind, and the one dict that names them."""

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast

from localenv.stack import Command, Connection, Need, Port, Service, Template


class NotYet(Exception):  # noqa: N818 - an answer of a probe, not an error
    """What a need that is not ready answered, in one line."""


class Kind(Protocol):
    """What a module of this folder offers.

    Commands and variables are for a process in the need's own place, so a host is never `127.0.0.1` of this machine.
    """

    VERSION: str  # the tag of its image where the description says none
    PORT: int
    SCHEME: str  # of its URL

    def service(self, need: Need, port: Port) -> Service:
        """The need as something that runs, tuned for a throw-away environment."""

    def ready(self, connection: Connection) -> None:
        """Return when it answers in its own protocol and lets the user in; raise NotYet otherwise, within a second."""

    def variables(self, need: Need) -> Mapping[str, Template]:
        """What its clients read from the environment: `PGHOST`, `PGUSER`, …; references settle for the reader."""

    def client(self, need: Need) -> Command:
        """The interactive client, for a process that has `variables`."""

    def initial(self, need: Need) -> str:
        """SQL that makes further databases and extensions, before the first job; empty where there is nothing."""

    def sql(self, need: Need) -> Command | None:
        """A client that reads SQL from its standard input and stops at the first error; None where there is no SQL."""

    def table(self, need: Need, table: str, columns: tuple[str, ...]) -> Command | None:
        r"""A client that reads rows into `table` from standard input; None where there are no tables.

        The rows are CSV (RFC 4180, UTF-8, no header, an empty unquoted field is NULL) in the order of `columns`.
        """

    def culprit(self, output: str) -> tuple[int | None, str]:
        """The line of its input that failed, from 1, and the reason in one line, from what a client printed."""


KINDS: Mapping[str, str] = {
    "postgres": "localenv.needs.postgres",
    "mariadb": "localenv.needs.mariadb",
    "mysql": "localenv.needs.mariadb",
    "redis": "localenv.needs.redis",
    "rabbitmq": "localenv.needs.rabbitmq",
    "nats": "localenv.needs.nats",
}


def kind(name: str) -> Kind:
    """The module of a kind; raises KeyError for a kind that does not exist."""
    return cast(Kind, import_module(KINDS[name]))
