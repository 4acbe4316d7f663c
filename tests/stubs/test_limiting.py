"""The limit of a journal's bytes: the largest requests are removed first, and counted."""

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

    def remove(self, pattern: Mapping[str, Any]) -> None:
        self.sizes = [size for size in self.sizes if not _matches(size, pattern)]


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


def test_the_largest_requests_go_until_the_others_fit_and_are_counted(file: Path) -> None:
    server = Server(*[100] * 50, *[950_000] * 20, *[30_000_000] * 3)
    told = looked(server, file, 50_000_000)
    assert sorted(set(server.sizes)) == [100, 950_000]
    assert (told["removed"], told["least"]) == (3, 35_000_000)


def test_chunked_bodies_count_too(file: Path) -> None:
    server = Server(*[None] * 300, 10)
    assert looked(server, file, 50_000_000)["removed"] == 300
    assert server.sizes == [10]


def test_losses_of_an_earlier_program_are_kept(file: Path) -> None:
    Losses(file).removed(2, 1_000_000)
    later = Losses(file)
    later.removed(3, 500_000)
    later.restarted()
    told = json.loads(file.read_text())
    assert (told["removed"], told["least"], told["restarts"]) == (5, 500_000, 1)
