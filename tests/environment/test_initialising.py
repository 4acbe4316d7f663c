"""What `init` writes is there as a whole, or not at all."""

import errno
from pathlib import Path
from typing import Any

import pytest

from localenv.environment import initialising
from localenv.host import files


def test_an_init_that_cannot_write_all_files_leaves_none_of_them(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / ".gitignore").write_text("old\n")
    real = files.save

    def save(file: Path, content: bytes, **more: Any) -> None:
        if file.name == "schema.json":
            raise OSError(errno.ENOSPC, "No space left on device", str(file))
        real(file, content, **more)

    monkeypatch.setattr(files, "save", save)
    found = {tmp_path / name: "new\n" for name in (".gitignore", "envs/local.yaml", "envs/more/a.sql", "schema.json")}
    with pytest.raises(OSError, match="No space left"):
        initialising._write_all(found, force=False)
    assert [one.name for one in tmp_path.iterdir()] == [".gitignore"]

    monkeypatch.setattr(files, "save", real)
    initialising._write_all(found, force=False)
    assert all(file.read_text() == text for file, text in found.items())
