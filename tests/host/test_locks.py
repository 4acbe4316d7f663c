from pathlib import Path

import pytest

from localenv.host import locks


class GivenUpError(Exception):
    pass


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path):
    file = tmp_path / "one.lock"
    with locks.exclusive(file):
        assert locks.is_held(file)
        with file.open("a") as other:
            assert not locks.try_take(other)
    assert not locks.is_held(file)


def test_who_waits_is_told_for_how_long_and_for_whom(tmp_path: Path):
    file = tmp_path / "one.lock"
    waits: list[tuple[float, int]] = []

    def waiting(seconds: float, holder: int) -> None:
        waits.append((seconds, holder))
        if len(waits) == 2:
            raise GivenUpError

    with locks.removable(file) as opened:
        opened.write("4711")
        opened.flush()
        with pytest.raises(GivenUpError), locks.removable(file, waiting):
            pass

    assert [holder for _, holder in waits] == [4711, 4711]
    assert 0 <= waits[0][0] < waits[1][0]


def test_a_holder_may_remove_the_file_and_the_next_one_makes_it_anew(tmp_path: Path):
    file = tmp_path / "one.lock"
    with locks.removable(file) as opened:
        locks.remove(file, opened)
        assert not file.exists()
        with locks.removable(file):
            assert file.exists()
