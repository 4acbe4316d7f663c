import os
from pathlib import Path

import pytest

from localenv.host import files


def test_a_file_is_replaced_whole_and_private_in_private_folders(tmp_path: Path):
    old = os.umask(0)
    try:
        files.write(tmp_path / "one" / "two" / "file", "text")
    finally:
        os.umask(old)

    assert (tmp_path / "one" / "two" / "file").read_text() == "text"
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "one", tmp_path / "one" / "two")}
    assert modes == {0o700}
    assert (tmp_path / "one" / "two" / "file").stat().st_mode & 0o777 == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "file"
    files.write(file, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        files.write(file, "new")

    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("content", [None, "", "{", "\x00"])
def test_what_is_no_json_reads_as_empty(tmp_path: Path, content: str | None):
    file = tmp_path / "file"
    if content is not None:
        file.write_text(content)

    assert files.read_json(file) == {}


def test_a_file_of_the_user_keeps_its_permissions_and_stays_where_a_link_leads(tmp_path: Path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "link").symlink_to("file")

    files.save(tmp_path / "link", b"new", within=tmp_path)
    old = os.umask(0o022)
    try:
        files.save(tmp_path / "one" / "other", b"new", within=tmp_path)
    finally:
        os.umask(old)

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "one" / "other").stat().st_mode & 0o777 == 0o644
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "link", "one"]


@pytest.mark.parametrize("lead", ["link", "dangling", "folder"])
def test_no_file_of_the_user_is_written_outside_of_its_folder(tmp_path: Path, lead: str):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "link").write_text("old")
    (inside / lead).symlink_to(outside if lead == "folder" else outside / lead)

    with pytest.raises(PermissionError, match="leads out of"):
        files.save(inside / lead / "new" if lead == "folder" else inside / lead, b"new", within=inside)

    assert [(one.name, one.read_text()) for one in outside.iterdir()] == [("link", "old")]
