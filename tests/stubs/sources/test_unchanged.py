"""A file is read once while it is unchanged, and again once it was saved."""

import json
import os
import time
from pathlib import Path

import pytest

from localenv.stubs.sources import documents, unchanged


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that a test wrote were saved a while ago."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 2 * unchanged._RECENT)


def test_a_mapping_file_is_parsed_once(later, tmp_path):
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"request": {"url": "/a"}}))
    assert documents.read(file).value is documents.read(file).value


def test_a_saved_file_is_read_again_also_with_its_old_time_and_size(later, tmp_path):
    file = tmp_path / "a.json"
    file.write_text('{"a": 1}')
    assert documents.read(file).value == {"a": 1}
    before = file.stat()
    file.write_text('{"a": 2}')
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert documents.read(file).value == {"a": 2}


def test_a_file_saved_just_now_is_not_held_because_its_time_may_stay(tmp_path):
    file = tmp_path / "a.json"
    file.write_text('{"a": 1}')
    assert documents.read(file).value is not documents.read(file).value


def test_no_more_is_held_than_allowed(later, tmp_path):
    reads: list[str] = []

    def read(file: Path) -> bytes:
        reads.append(file.name)
        return file.read_bytes()

    held = unchanged.Unchanged(read, len, 10)
    for name in "ab":
        (tmp_path / name).write_bytes(bytes(6))
    for name in "abab":
        assert held.of(tmp_path / name) == bytes(6)
    assert reads == ["a", "b", "b"], "two of these are more than ten bytes"
