"""What a kind of source of stubs offers: one Protocol, and the values that it takes and gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from localenv.errors import Position, Problem
from localenv.stack import StubSource
from localenv.stubs.sources.documents import Where


class Takes(StrEnum):
    """What a key of the description is given."""

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
    is_list: bool = False  # several may be named


@dataclass(frozen=True, kw_only=True)
class SourceMapping:
    """A mapping as WireMock takes it, before it is told apart by host and put into a layer.

    `name` is its own within the source and stays, so that its id does; `at` says where a part of it is written.
    """

    mapping: Mapping[str, Any] = field(repr=False)
    name: str
    origin: str  # what it is made from, relative to the folder that the source is in: payments/mappings/a.json
    about: Mapping[str, str] = field(default_factory=dict)  # more for its metadata, such as the operation
    at: Callable[[Where], Position | None] = field(default=lambda where: None, repr=False, compare=False)


class SourceKind(Protocol):
    """What a module of this folder offers; whatever it gives depends on the source and its files alone."""

    KEY: Key  # named as the kind is in the dict
    OPTIONS: Mapping[str, Key]  # more keys beside it, which mean nothing without it
    LAYER: range  # the priorities of its mappings

    def check(self, source: StubSource) -> Sequence[Problem]:
        """Every mistake in it, in the order of its files; files are read, none is changed."""

    def digest(self, source: StubSource) -> str:
        """A hash over all that its mappings and body files depend on; what is missing or unreadable counts as empty."""

    def mappings(self, source: StubSource) -> Sequence[SourceMapping]:
        """Its mappings, the first of equals wins; `bodyFileName` is a name in `bodies`.

        It has been checked. Raises DescriptionError for what is broken by now.
        """

    def bodies(self, source: StubSource) -> Mapping[str, Path]:
        """Its body files by the names that mappings use."""

    def watched(self, source: StubSource) -> Sequence[Path]:
        """The files, and folders with all below them, that it is made from; some may not exist."""

    def origin(self, source: StubSource) -> str:
        """Where its stubs come from, as a person standing in the current folder would type it."""

    def paste_into(self, source: StubSource) -> Path | None:
        """The folder in which a further mapping is saved as a file; None where there is none."""
