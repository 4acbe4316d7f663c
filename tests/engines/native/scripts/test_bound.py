"""The bound of a folder in the cache: the longest unused entries go first, and none that is being copied."""

import os
import subprocess
from pathlib import Path

from localenv.engines.native import scripts
from localenv.host import locks

SIZE = 1 << 20


def entry(folder: Path, name: str, age: int) -> Path:
    made = folder / name
    made.mkdir()
    (made / "base").write_bytes(b"x" * SIZE)
    os.utime(made, (1e9 - age, 1e9 - age))
    return made


def bound(folder: Path, largest: int) -> list[str]:
    subprocess.run(scripts.argv("bound", str(folder), str(largest)), check=True)
    return sorted(one.name for one in folder.glob("*"))


def test_the_longest_unused_entries_are_removed_with_their_descriptions(tmp_path: Path) -> None:
    for number, name in enumerate(("new", "newer.spare", "old", "oldest")):
        entry(tmp_path, name, number)
        (tmp_path / f".{name}.about").write_text("PostgreSQL")
    assert bound(tmp_path, 2 * SIZE + 8192) == [".new.about", ".newer.spare.about", "new", "newer.spare"]


def test_entries_that_fit_stay_and_so_does_one_that_is_unfinished(tmp_path: Path) -> None:
    entry(tmp_path, "one", 0)
    entry(tmp_path, "two.making", 1)
    assert bound(tmp_path, SIZE + 8192) == ["one", "two.making"]


def test_an_entry_that_is_being_copied_stays_and_so_does_the_newest(tmp_path: Path) -> None:
    entry(tmp_path, "new", 0)
    copied = entry(tmp_path, "old", 1)
    entry(tmp_path, "older", 2)
    with locks.shared(copied):
        assert bound(tmp_path, 0) == ["new", "old"]
    assert bound(tmp_path, 0) == ["new"]
