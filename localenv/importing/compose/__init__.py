"""The importer of Compose files."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.importing import Ask, Checkout, reading
from localenv.importing.compose import files, project
from localenv.importing.compose.texts import mapped, text
from localenv.importing.sketch import Sketch

__all__ = ["find", "imported", "variables"]


def find(place: Checkout) -> Path | None:
    """The Compose file of a folder."""
    return files.find(place.home)


def imported(
    source: Path, place: Checkout, *, stubs: Sequence[str] = (), ask: Ask | None = None, without: str = ""
) -> Sketch:
    """The sketch of a description that starts what a Compose file starts, `without` one of its services."""
    try:
        found = files.read(source, place.repository)
        found.services.pop(without, None)
        sketch = project.sketched(found, source, place, stubs)
    except OSError as error:  # a path that no file can have
        written = f"{error.filename or source}: {error.strerror}"
        raise DescriptionError([Problem(written[:300], Position(source))]) from error
    except RecursionError as error:
        raise DescriptionError([Problem("is nested too deeply", Position(source, _deepest(source)))]) from error
    for other in files.beside(source):
        shown = os.path.relpath(other, place.home)
        sketch.leave_out(shown, f"another Compose file, read on demand: localenv init --from {shown}")
    return sketch


def variables(source: Path, place: Checkout, service: str) -> Mapping[str, str]:
    """The variables that a Compose file gives to one of its services, without values of `.env`; empty if unreadable."""
    try:
        found = files.read(source, place.repository)
    except (DescriptionError, OSError, RecursionError):
        return {}
    given = mapped(found.services.get(service, {}).get("environment"))
    return {name: found.atoms.shown(found.atoms.read(text(value))) for name, value in given.items()}


def _deepest(source: Path) -> int:
    """The line with the most variables, which may stand in one another."""
    counts = [line.count("${") for line in reading.text(source).splitlines()] or [0]
    return counts.index(max(counts)) + 1
