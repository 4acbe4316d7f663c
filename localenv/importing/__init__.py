"""Importers of `localenv init`: read what a repository has, and sketch a description of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from localenv.importing.sketch import Sketch

Ask = Callable[[str, str], str]  # a question and the default answer; returns the answer


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """Where a description is written: `home` is the folder that holds `envs/`, inside the repository."""

    repository: Path
    home: Path
    env: str = "local"

    @property
    def envs(self) -> Path:
        """The folder that paths in the description are relative to."""
        return self.home / "envs"


class Importer(Protocol):
    """The interface of an importer's module; `importers.py` lists them."""

    def find(self, place: Checkout) -> Path | None:
        """What it would read in the home of a description; None if there is nothing for it."""

    def imported(self, source: Path, place: Checkout, *, stubs: Sequence[str] = (), ask: Ask | None = None) -> Sketch:
        """The sketch of a description; services named in `stubs` become upstreams.

        Writes nothing; `ask` is called for what only a person knows. Raises DescriptionError for an unreadable source,
        UsageError for an unknown name.
        """
