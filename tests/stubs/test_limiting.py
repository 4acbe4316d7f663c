"""The limit of a journal's bytes: it is emptied, and what it held is counted."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from localenv.stubs.limiting import JournalLimit, Losses


class Server:
    """A journal of requests with these sizes; None has a chunked body of 200 kB."""

    def __init__(self, *sizes: int | None) -> None:
        self.sizes = list(sizes)

    def total(self) -> int:
        return len(self.sizes)

    def count(self, pattern: Mapping[str, Any]) -> int:
        return sum(_matches(size, pattern) for size in self.sizes)

    def clear(self) -> None:
        self.sizes.clear()


def _matches(size: int | None, pattern: Mapping[str, Any]) -> bool:
    sized = pattern["headers"].get("Content-Length")
    return size is None if sized is None else bool(size and re.fullmatch(sized["matches"], str(size)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "losses.json"


def looked(server: Server, file: Path, largest: int) -> dict[str, Any]:
    JournalLimit(server, Losses(file), largest).look()  # type: ignore[arg-type]
    return dict(json.loads(file.read_text())) if file.exists() else {}


def test_a_journal_that_fits_loses_nothing(file: Path) -> None:
    server = Server(*[100] * 5000, *[90_000] * 10, 5_000_000, None)
    assert looked(server, file, 100_000_000) == {}
    assert len(server.sizes) == 5012


@pytest.mark.parametrize("sizes", [[950_000] * 60, [30_000_000] * 3, [None] * 60, [9_000] * 8000])
def test_a_journal_whose_bodies_are_too_large_is_emptied_and_its_requests_are_counted(
    file: Path, sizes: list[int | None]
) -> None:
    server = Server(*[100] * 50, *sizes)
    counts = looked(server, file, 50_000_000)
    assert server.sizes == []
    assert counts["removed"] == len(sizes) + 50


def test_losses_of_an_earlier_program_are_kept(file: Path) -> None:
    Losses(file).removed(2)
    later = Losses(file)
    later.removed(3)
    later.restarted()
    output = json.loads(file.read_text())
    assert (output["removed"], output["restarts"]) == (5, 1)
