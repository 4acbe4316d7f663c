"""The backing services localenv runs for real: what the module of a kind offers, in parts that it has or has not.

The kinds themselves stand in `kinds.py`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from localenv.needs.settings import ServerSettings
from localenv.stack import Command, Connection, Need, Port, Service, Template

Row = list[str | None]  # of a table, as the texts its columns read; None is NULL


class NotYet(Exception):  # noqa: N818 - an answer of a probe, not an error
    """What a need that is not ready answered, in one line."""


class Refused(Exception):  # noqa: N818 - an answer of a need, which its caller makes an error of
    """Why a need refused, in one line; `code` is the need's own, where it has one."""

    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def _any_name(user: str) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Login:
    """How clients log in."""

    is_required: bool = True  # there is always a password; False: unless the description says an empty one
    has_user: bool = True  # who logs in has a name; False: a password is all
    refusal: Callable[[str], str] = _any_name  # which names a user can have, where this is none of them; else empty


@dataclass(frozen=True, kw_only=True)
class Client:
    """The interactive client that the image of a kind brings."""

    command: Callable[[Need], Command]  # for a process that has the kind's `variables`
    is_remote: bool = True  # it connects to the port; False: it works only in the need's own place


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What lies in the memory of a server: `run` is another one after each start."""

    run: str
    is_empty: bool


class Arrays(Protocol):
    """Columns that hold several values each."""

    def columns(self, table: str) -> str:
        """What the client of SQL is told to print each of them: `:tags`, or `json:more` where the values are JSON."""

    def staged(self, table: str, columns: tuple[str, ...]) -> tuple[str, str]:
        """What the client of SQL reads before and behind `rows` with lists as JSON, into a table that cannot be asked.

        All of it or nothing goes in.
        """

    def literal(self, items: Sequence[Any]) -> str:
        """How texts, None and sequences of these are written as a value of such a column."""


class Sql(Protocol):
    """Tables, and a client that reads SQL and rows."""

    HAS_EXTENSIONS: bool
    INCLUDED: re.Pattern[bytes]  # the files a text of SQL names, each in one of its groups
    BOOLEANS: tuple[str, str]  # how a column reads JSON's false and true
    ARRAYS: Arrays | None
    BATCH: int  # so many rows fail as one; 1: the client itself names the line that failed

    def initial(self, need: Need) -> str:
        """What `client` reads before the first job: it makes further databases, extensions and grants; may be empty.

        Reading it twice does no harm.
        """

    def client(self, need: Need) -> Command:
        """A client that reads SQL from its standard input and stops at the first error."""

    def table(self, need: Need, table: str, columns: tuple[str, ...]) -> Command:
        """A client that reads `rows` into `table` from its standard input, all or none."""

    def rows(self, table: str, columns: tuple[str, ...], rows: Iterable[Row], batch: int) -> Iterator[bytes]:
        """What the client of `table` reads, a line for each row."""

    def included(self, output: str) -> str:
        """The file in which the client failed, as it was named in the one it read; empty for that one itself."""

    def culprit(self, output: str) -> tuple[int | None, str]:
        """The line of its input that failed, from 1, and the reason in one line, from what a client printed."""


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What became of data that was to be restored; names are those of tables and the like."""

    changed: tuple[str, ...] = ()  # since the snapshot, and restored
    left_alone: Mapping[str, str] = field(default_factory=dict)  # changed and not restored, and why
    made_since: tuple[str, ...] = ()  # databases, which are left alone too

    def __add__(self, other: "Restored") -> "Restored":
        return Restored(
            changed=self.changed + other.changed,
            left_alone={**self.left_alone, **other.left_alone},
            made_since=self.made_since + other.made_since,
        )


class Snapshots(Protocol):
    """Data that can be restored while clients stay connected.

    `folder` is one snapshot's own; what has to be noted on this machine is in it. Each speaks the need's own protocol,
    disturbs connected clients as little as it can, and raises Refused or NotYet.
    """

    def snapshot(self, connection: Connection, folder: Path) -> None:
        """Take a snapshot of the connection's database, or of all where it names none, in place of an older one.

        The copy itself lies in the need where it can.
        """

    def restore(self, connection: Connection, folder: Path) -> Restored:
        """Restore the snapshot.

        Connections of others stay open, and readers are not held up; what did not change is not touched.
        All of a database or nothing of it is restored.
        """

    def discard(self, connection: Connection, folder: Path) -> None:
        """Remove the snapshot from the need and from this machine; nothing where there is none."""


class Copies(Protocol):
    """Data that can be copied into another need of the same kind."""

    def command(self, need: Need, copy: Need, *, same_server: bool) -> Command | None:
        """What copies all data, run in the place of `need`; None where there is none to copy.

        `same_server`: into another database of the same server, which takes a kind that has databases.
        """


class Kind(Protocol):
    """What a module of this folder offers; what it cannot do is None.

    Commands and variables are for a process in the need's own place, so a host is never `127.0.0.1` of this machine.
    """

    VERSION: str  # the tag of its image where the description says none
    PORT: int
    SCHEME: str  # of its URL
    HAS_DATABASES: bool  # there is a database for it; False: its URL names none
    LOGIN: Login | None  # None where nobody logs in
    CLIENT: Client | None  # None where the image comes without one
    CLIENT_SETTINGS: frozenset[str]  # variables of a user's own that lead its clients elsewhere, or change what they do
    SQL: Sql | None
    SNAPSHOTS: Snapshots | None
    COPIES: Copies | None
    SETTINGS: ServerSettings | None  # None where its server takes no options that way
    SEARCH: Callable[[Connection, str], str] | None  # where a regular expression finds something, or nowhere: empty
    MEMORY: Callable[[Connection], Memory] | None  # raises NotYet and Refused; None where a killed one keeps its data

    def service(self, need: Need, port: Port) -> Service:
        """The need as something that runs, tuned for a throw-away environment."""

    def ready(self, connection: Connection) -> None:
        """Return when it answers in its own protocol and lets the user in; raise NotYet otherwise, within a second."""

    def variables(self, need: Need) -> Mapping[str, Template]:
        """What its clients read from the environment: `PGHOST`, `PGUSER`, …; references resolve for the reader."""
