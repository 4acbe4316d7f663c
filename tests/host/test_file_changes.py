"""Changes of files below folders."""

from itertools import islice
from threading import Event

import pytest

from localenv.host import file_changes
from localenv.host.file_changes import FileChange, Pace

PACE = Pace(quiet=10, longest=500, look=50)


@pytest.mark.parametrize("error", [OSError("OS file watch limit reached"), RuntimeError("Too many open files")])
def test_where_the_system_watches_no_more_files_they_are_looked_at(tmp_path, monkeypatch, error):
    real = file_changes.watch

    def watch(*folders, force_polling=False, **options):
        if not force_polling:
            raise error
        return real(*folders, force_polling=True, **options | {"poll_delay_ms": 10})

    monkeypatch.setattr(file_changes, "watch", watch)
    found = file_changes.bursts([tmp_path], Event(), PACE)
    next(found)
    (tmp_path / "a.py").write_text("")
    burst = next(one for one in islice(found, 100) if one)

    assert FileChange(path=tmp_path / "a.py", is_removed=False, is_new=True) in burst
    assert not file_changes.can_watch(tmp_path)


def test_a_missing_folder_is_no_limit(tmp_path):
    with pytest.raises(FileNotFoundError):
        next(file_changes.bursts([tmp_path / "none"], Event(), PACE))
