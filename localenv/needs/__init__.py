"""The backing services localenv runs for real: a module for each kind, and the one dict that names them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from localenv.stack import Command, Connection, Need, Port, Service, Template


class NotYet(Exception):  # noqa: N818 - an answer of a probe, not an error
    """What a need that is not ready answered, in one line."""


class Refused(Exception):  # noqa: N818 - an answer of a need, which whoever asked makes an error of
    """Why a need did not do what it was told, in one line; `code` is the need's own, where it has one."""

    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


@dataclass(frozen=True, kw_only=True)
class Tables:
    """How rows get into the tables of a kind."""

    booleans: tuple[str, str] = ("false", "true")  # how a column reads JSON's false and true
    batch: int = 1  # so many rows fail as one; 1: the client itself names the line that failed


class Kind(Protocol):
    """What a module of this folder offers.

    Commands and variables are for a process in the need's own place, so a host is never `127.0.0.1` of this machine.
    """

    VERSION: str  # the tag of its image where the description says none
    PORT: int
    SCHEME: str  # of its URL
    HAS_LOGIN: bool  # there is always a password; False: only where the description says one
    HAS_USERS: bool  # who logs in has a name; False: a password is all
    HAS_DATABASES: bool  # there is a database for it; False: its URL names none
    CLIENT_REACHES: bool  # its client gets to it over its port; False: only in the need's own place
    TABLES: Tables | None  # None where there is no SQL
    CLIENT_SETTINGS: frozenset[str]  # variables of a user's own that lead its clients elsewhere, or change what they do
    RESTORES: bool  # what it holds can be brought back; False: `remember` and `restore` do nothing

    def refusal(self, user: str) -> str:
        """Which names its user can have, where this is none of them; else empty."""

    def service(self, need: Need, port: Port) -> Service:
        """The need as something that runs, tuned for a throw-away environment."""

    def ready(self, connection: Connection) -> None:
        """Return when it answers in its own protocol and lets the user in; raise NotYet otherwise, within a second."""

    def variables(self, need: Need) -> Mapping[str, Template]:
        """What its clients read from the environment: `PGHOST`, `PGUSER`, …; references resolve for the reader."""

    def client(self, need: Need) -> Command:
        """The interactive client, for a process that has `variables`; empty for a kind that comes without one."""

    def initial(self, need: Need) -> str:
        """What `sql` reads before the first job: it makes further databases, extensions and grants; may be empty.

        Reading it twice does no harm.
        """

    def sql(self, need: Need) -> Command | None:
        """A client that reads SQL from its standard input and stops at the first error; None where there is no SQL."""

    def table(self, need: Need, table: str, columns: tuple[str, ...]) -> Command | None:
        """A client that reads `rows` into `table` from standard input, all or none; None where there are no tables."""

    def rows(self, table: str, columns: tuple[str, ...], csv: Iterable[bytes], batch: int) -> Iterator[bytes]:
        r"""What the client of `table` reads, made from rows in CSV; lines keep their numbers.

        CSV is RFC 4180 in UTF-8 without a header: an empty unquoted field is NULL.
        """

    def culprit(self, output: str) -> tuple[int | None, str]:
        """The line of its input that failed, from 1, and the reason in one line, from what a client printed."""

    def remember(self, connection: Connection, folder: Path) -> None:
        """Note what the connection's database holds, or all where it names none, so that it can be brought back.

        `folder` is this snapshot's own; an older one in it is replaced. The copy itself lies in the need where it can.
        Speaks the need's own protocol, and as little disturbs whoever is connected. Raises Refused or NotYet.
        """

    def restore(self, connection: Connection, folder: Path) -> tuple[str, ...]:
        """Make it hold what was remembered in `folder` again; the names of what had changed, such as tables.

        Connections of others stay open, and readers are not held up; what did not change is not touched.
        All of a database or nothing of it is brought back. Raises Refused or NotYet.
        """

    def forget(self, connection: Connection, folder: Path) -> None:
        """Remove the snapshot in `folder` from the need and from this machine; nothing where there is none."""


KINDS: Mapping[str, str] = {
    "postgres": "localenv.needs.postgres",
    "mariadb": "localenv.needs.mariadb",
    "mysql": "localenv.needs.mysql",
    "redis": "localenv.needs.redis",
    "rabbitmq": "localenv.needs.rabbitmq",
    "nats": "localenv.needs.nats",
}


def kind(name: str) -> Kind:
    """The module of a kind; raises KeyError for a kind that does not exist."""
    return cast(Kind, import_module(KINDS[name]))


def without_client_settings(environ: Mapping[str, str], kinds: Iterable[str]) -> dict[str, str]:
    """An environment in which a user's own configuration leads no client of these kinds to another server."""
    names = frozenset[str]().union(*(kind(one).CLIENT_SETTINGS for one in kinds))
    return {name: value for name, value in environ.items() if name not in names}
