"""Backing services that localenv runs for real: what a kind of them can do, in optional parts.

The kinds themselves are in `kinds.py`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from localenv.needs.server_failures import ServerFailure
from localenv.needs.settings import ServerSettings
from localenv.stack import Command, Connection, Need, Port, Service, Template

Row = list[str | None]  # of a table, in the columns' text format; None is NULL


class NotYet(Exception):  # noqa: N818 - an answer of a probe, not an error
    """A need is not ready; the message is its answer in one line."""


class Silent(NotYet):
    """A need accepts connections, or seems to, and does not answer."""


class Refused(Exception):  # noqa: N818 - an answer of a need, which its caller makes an error of
    """A need refused a command; the message is the reason in one line, `code` the need's error code, if any."""

    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def _any_name(user: str) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Login:
    """How clients log in."""

    is_required: bool = True  # always has a password; False: unless the description sets an empty one
    has_user: bool = True  # logs in with a user name; False: with a password only
    refusal: Callable[[str], str] = _any_name  # the valid user names, if the given one is invalid; else empty


@dataclass(frozen=True, kw_only=True)
class Client:
    """The interactive client in the image of a kind."""

    command: Callable[[Need], Command]  # for a process with the kind's `variables`
    is_remote: bool = True  # it connects to the port; False: it works only inside the need
    # programs that no variable connects, each with the command whose options it gets
    bare: Mapping[str, Callable[[Need], Command]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The data in a server's memory: `run` changes with each start."""

    run: str
    is_empty: bool


class Arrays(Protocol):
    """Columns that hold several values each."""

    def columns(self, table: str) -> str:
        """SQL that makes the client print these columns: `:tags`, or `json:more` for JSON values."""

    def staged(self, table: str, columns: tuple[str, ...]) -> tuple[str, str]:
        """SQL before and after `rows` with lists as JSON, for a table that cannot be inspected.

        Loads all rows or none.
        """

    def literal(self, items: Sequence[Any]) -> str:
        """Format texts, None and sequences of these as a value of such a column."""


class Sql(Protocol):
    """Tables, and a client that reads SQL and rows."""

    HAS_EXTENSIONS: bool
    INCLUDED: re.Pattern[bytes]  # matches included files in SQL, each in one group
    BOOLEANS: tuple[str, str]  # the column values for JSON's false and true
    ARRAYS: Arrays | None
    BATCH: int  # rows that fail together; 1: the client itself reports the failed line

    def initial(self, need: Need) -> str:
        """SQL to run with `client` before the first job: creates databases, extensions and grants; may be empty.

        It can be run twice.
        """

    def client(self, need: Need) -> Command:
        """A client that reads SQL from its standard input and stops at the first error."""

    def table(self, need: Need, table: str, columns: tuple[str, ...]) -> Command:
        """A client that reads `rows` into `table` from its standard input, all or none."""

    def rows(self, table: str, columns: tuple[str, ...], rows: Iterable[Row], batch: int) -> Iterator[bytes]:
        """The input for the client of `table`, one line per row."""

    def included(self, output: str) -> str:
        """The included file in which the client failed, as named in its input; empty for the input itself."""

    def culprit(self, output: str) -> tuple[int | None, str]:
        """The failed line of the input, from 1, and the reason in one line, parsed from the client's output."""


@dataclass(frozen=True, kw_only=True)
class Restored:
    """The result of restoring data; names are those of tables and the like."""

    changed: tuple[str, ...] = ()  # since the snapshot, and restored
    left_alone: Mapping[str, str] = field(default_factory=dict)  # changed but not restored, with the reason
    made_since: tuple[str, ...] = ()  # created since the snapshot and not restored either: `database audit`

    def __add__(self, other: "Restored") -> "Restored":
        return Restored(
            changed=self.changed + other.changed,
            left_alone={**self.left_alone, **other.left_alone},
            made_since=self.made_since + other.made_since,
        )


class Snapshots(Protocol):
    """Data that can be restored while clients stay connected.

    `folder` belongs to one snapshot and holds its files on this machine. Each method uses the need's own protocol,
    disturbs connected clients as little as possible, and raises Refused or NotYet.
    """

    def snapshot(self, connection: Connection, folder: Path) -> None:
        """Take a snapshot of the connection's database (of all if it names none), replacing an older one.

        The copy itself is stored in the need if possible.
        """

    def restore(self, connection: Connection, folder: Path) -> Restored:
        """Restore the snapshot.

        Other connections stay open, and readers are not blocked; unchanged data is not touched. Each database is
        restored completely or not at all.
        """

    def discard(self, connection: Connection, folder: Path) -> None:
        """Remove the snapshot from the need and from this machine, if there is one."""


class Copies(Protocol):
    """Data that can be copied into another need of the same kind."""

    def command(self, need: Need, copy: Need, *, same_server: bool) -> Command | None:
        """The command that copies all data, run inside `need`; None if there is no data to copy.

        `same_server`: into another database of the same server; requires a kind with databases.
        """


@dataclass(frozen=True, kw_only=True)
class InitialData:
    """The data that a need's image creates at its first start, of which later containers get a copy."""

    folder: str  # in the container
    variable: str  # sets its password
    script: Callable[[], str]  # of a shell in the image: creates the data with the need's command as its arguments
    is_known: Callable[[Need], bool]  # whether a copy of it may get another password
    with_password: Callable[[str, bytes], bytes]  # its archive (tar) with this one; empty if that is not possible


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of need; it has only the capabilities that it lists.

    Commands and variables are for a process inside the need, so a host is never `127.0.0.1` of this machine.
    """

    version: str  # the default tag of its image
    port: int
    scheme: str  # of its URL
    # the need as a service, tuned for a temporary environment
    service: Callable[[Need, Port], Service]
    # returns when it answers in its own protocol and accepts the login; raises NotYet otherwise, within a second
    ready: Callable[[Connection], None]
    # the environment variables of its clients: `PGHOST`, `PGUSER`, …; references resolve for the reader
    variables: Callable[[Need], Mapping[str, Template]]
    # the names of its other ports in an image of that tag, as in `${mail.mailbox.url}`
    further_ports: Callable[[str], tuple[str, ...]] = lambda tag: ()
    has_databases: bool = False  # False: its URL has no database
    keeps_data: bool = True  # False: its data is in memory alone
    has_users: bool = False  # whether it knows the `users` of a need
    login: Login | None = None
    client: Client | None = None  # in its image
    tools_read: tuple[str, ...] = ()  # files of its container that its tools need in another one
    client_settings: frozenset[str] = frozenset()  # a user's variables that would redirect its clients or change them
    no_files: Mapping[str, str] = field(default_factory=dict)  # variables that keep clients from a user's own files
    sql: Sql | None = None
    initial: InitialData | None = None
    snapshots: Snapshots | None = None
    copies: Copies | None = None
    settings: ServerSettings | None = None  # of the options that its server takes
    failures: Mapping[str, ServerFailure] = field(default_factory=dict)  # that its server does itself, by kind
    search: Callable[[Connection, str], str] | None = None  # the first match of a regular expression; empty for none
    memory: Callable[[Connection], Memory] | None = None  # raises NotYet and Refused; None: a killed server keeps data
