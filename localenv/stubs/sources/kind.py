"""The interface of a stub source: one Protocol, and the values that it uses."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from localenv.errors.problems import KeyPath, Position, Problem
from localenv.stack import StubSource

UNKNOWN = "the contract has no such operation"  # a verdict's reason


class Takes(StrEnum):
    """The type of a key's value in the description."""

    FOLDER = "folder"
    FILE = "file"
    PATH = "path"  # a file or a folder
    NAME = "name"
    SWITCH = "switch"  # true or false


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key of an upstream in the description."""

    takes: Takes
    help: str
    is_list: bool = False  # accepts a list


@dataclass(frozen=True, kw_only=True)
class SourceMapping:
    """A WireMock mapping, before it is limited to a host and assigned to a layer.

    `name` is unique within the source and stable, so that the id is stable too; `at` returns the position of a part.
    """

    mapping: Mapping[str, Any] = field(repr=False)
    name: str
    origin: str  # its file, relative to the folder of the source: payments/mappings/a.json
    about: Mapping[str, str] = field(default_factory=dict)  # additional metadata, such as the operation
    at: Callable[[KeyPath], Position | None] = field(default=lambda where: None, repr=False, compare=False)
    asked: "Exchange | None" = field(default=None, repr=False, compare=False)  # a request that it is for, as an example


class Loaded(NamedTuple):
    """A source and its mappings."""

    source: StubSource
    mappings: Sequence[SourceMapping]


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request to an upstream and the response that it got; the names of headers are in lower case."""

    method: str
    url: str  # path and query
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    status: int = 200
    answer_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    answer: bytes = field(default=b"", repr=False)
    fault: str = ""
    is_own: bool = False  # the response is the contract's own
    is_unasked: bool = False  # there is only a response, that of a mapping
    is_example: bool = False  # of a document: credentials are added when it is sent
    is_opaque: bool = False  # the body of the response is not known: a template, or compressed in another way


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Something in an exchange that a contract does not allow."""

    operation: str  # POST /charges
    part: str  # request or response
    pointer: str  # into the body, such as #/amount; empty for what is outside of it
    reason: str

    def __str__(self) -> str:
        at = f" {self.pointer}" if self.pointer else ""
        return f"{self.operation}: {self.part}{at}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class DocumentedFailure:
    """A failure that a contract documents: a status, or a range such as 4XX or default; the requests; the response."""

    code: str
    request: Mapping[str, Any] = field(repr=False)
    response: Mapping[str, Any] = field(repr=False)


class Digests(NamedTuple):
    """Two digests of a contract, which its layout and the order of its parts do not change."""

    meaning: str  # what is asked and answered
    words: str  # descriptions and examples


class Judge(Protocol):
    """Judges exchanges by a contract."""

    def judge(self, exchange: Exchange) -> Sequence[Verdict]:
        """Everything that the contract does not allow."""

    def paths(self, method: str) -> Iterable[str]:
        """Paths of its operations, several of each that has parameters."""


class SourceContract(Protocol):
    """What a source says besides its mappings, if it says what requests and responses may be; it has been checked."""

    def resources(self, source: StubSource) -> Sequence[Mapping[str, Any]]:
        """What the responder keeps for it: paths where something can be created; empty if it is not stateful."""

    def answers(self, source: StubSource) -> Sequence[DocumentedFailure]:
        """The failures that it documents, those of the most precise path first."""

    def judge(self, source: StubSource) -> Judge:
        """What judges exchanges by it."""

    def outline(self, source: StubSource) -> Sequence[str]:
        """Its lines `what: how`, to compare two versions."""

    def digests(self, source: StubSource) -> Digests:
        """What tells two versions apart."""


class SourceKind(Protocol):
    """The interface of a module in this folder; results depend only on the source and its files."""

    KEY: Key  # has the same name as the kind in the dict
    OPTIONS: Mapping[str, Key]  # optional keys that require this one
    LAYER: range  # the priorities of its mappings
    LEADS_AWAY: bool  # whether its mappings may proxy or call other servers

    @property
    def contract(self) -> SourceContract | None:
        """None if it does not say what requests and responses may be."""

    @property
    def warnings(self) -> Callable[[StubSource], Sequence[Problem]] | None:
        """Finds what is served differently from what its files say, once checked; None if nothing can be."""

    @property
    def parts(self) -> Callable[[StubSource], Iterator[Sequence[SourceMapping]]] | None:
        """Yields its mappings while they are made: one part wins over those before it; None if that takes no time."""

    def check(self, source: StubSource) -> Sequence[Problem]:
        """Every mistake in it, in the order of its files; does not change files."""

    def digest(self, source: StubSource) -> str:
        """A hash over everything that its mappings and body files depend on; an unreadable file counts as empty."""

    def mappings(self, source: StubSource) -> Sequence[SourceMapping]:
        """Its mappings, the first of equal ones wins; `bodyFileName` is a name in `bodies`.

        It has been checked. Raises DescriptionError if a file has become invalid since.
        """

    def bodies(self, source: StubSource) -> Mapping[str, Path]:
        """Its body files by the names that mappings use."""

    def watched(self, source: StubSource) -> Sequence[Path]:
        """The files and folders (recursive) that it reads; some may not exist."""

    def origin(self, source: StubSource) -> str:
        """The path of its stubs, relative to the current folder, for a person."""

    def paste_into(self, source: StubSource) -> Path | None:
        """The folder where another mapping can be saved as a file; None if there is none."""
