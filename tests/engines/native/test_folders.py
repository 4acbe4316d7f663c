"""Data folders are removed with everything in them, and nothing else."""

import os
from pathlib import Path

import pytest

from localenv.engines.native import folders


def test_a_folder_is_removed_with_all_that_is_in_it_and_nothing_that_links_lead_to(tmp_path: Path) -> None:
    outside, data = tmp_path / "outside", tmp_path / "data"
    for folder in (outside, data / "base" / "1", data / "empty"):
        folder.mkdir(parents=True)
    for file in (outside / "mine", data / "base" / "1" / "2600", data / "-f"):
        file.touch()
    (data / "base" / "link").symlink_to(outside)
    (data / "gone").symlink_to(tmp_path / "nowhere")

    folders.remove(data)

    assert list(tmp_path.iterdir()) == [outside]
    assert (outside / "mine").exists()


def test_what_is_a_link_itself_keeps_what_it_leads_to(tmp_path: Path) -> None:
    outside, data = tmp_path / "outside", tmp_path / "data"
    outside.mkdir()
    (outside / "mine").touch()
    data.symlink_to(outside)

    folders.remove(data)

    assert (outside / "mine").exists()


def test_a_folder_that_is_not_there_is_no_failure(tmp_path: Path) -> None:
    folders.remove(tmp_path / "data")

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("there", "left"), [(32, 3), (31, 32)], ids=["many", "a few"])
def test_many_entries_of_a_cache_are_bounded_when_one_is_made_though_nothing_was_ever_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: int, left: int
) -> None:
    monkeypatch.setattr(folders, "LARGEST", 350_000)
    for number in range(there):
        entry = tmp_path / f"entry{number}"
        entry.mkdir()
        (entry / "data").write_bytes(b"x" * 100_000)
        os.utime(entry, (number, number))

    def make(place: Path) -> None:
        place.mkdir()
        (place / "data").write_bytes(b"x" * 100_000)

    made = folders.made_once(tmp_path / "new", make, "a new one")

    assert (made / "data").exists()
    assert (tmp_path / f"entry{there - 1}").exists()
    assert len(list(tmp_path.glob("[!.]*"))) == left
