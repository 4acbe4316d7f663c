"""The bound of a folder in the cache: the longest unused entries go first, and none that is in use."""

import fcntl
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


def bound(folder: Path, largest: int, *more: str, kind: str = "entries") -> list[str]:
    subprocess.run(scripts.argv("bound", kind, str(folder), str(largest), *more), check=True)
    return sorted(one.name for one in folder.glob("*") if one.name != ".bounded")


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


def test_a_prepared_folder_stays_while_it_is_made_or_an_environment_uses_it(tmp_path: Path) -> None:
    cache, states = tmp_path / "cache", tmp_path / "states"
    used = states / "shop-local-0123ab" / "setups" / "used"
    for folder in (cache, used.parent):
        folder.mkdir(parents=True)
    for age, name in enumerate(("new", "made", "used", "unused")):
        entry(cache, name, age)
        (cache / f"{name}.lock").touch()
    used.touch()
    with (cache / "made.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        left = bound(cache, 0, str(states))
    assert left == ["made", "made.lock", "new", "new.lock", "used", "used.lock"]
    used.unlink()  # the environment was removed
    assert bound(cache, 0, str(states)) == ["new", "new.lock"]


def test_of_files_in_folders_the_oldest_are_removed(tmp_path: Path) -> None:
    for age, name in enumerate("abc"):
        entry(tmp_path, name, 0)
        os.utime(tmp_path / name / "base", (1e9 - age, 1e9 - age))
    bound(tmp_path, 2 * SIZE + 8192, kind="files")
    assert sorted(str(one.relative_to(tmp_path)) for one in tmp_path.glob("*/*")) == ["a/base", "b/base"]
