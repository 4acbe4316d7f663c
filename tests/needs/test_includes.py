"""Files that a file of SQL includes."""

from pathlib import Path

import pytest

from localenv.needs import includes


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_they_are_found_however_much_of_it_is_read_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(includes, "_PIECE", piece)
    (tmp_path / "main.sql").write_text("SELECT 1;\n\\ir a.sql\n\n\\ir b.sql\n\\ir gone.sql\n")
    (tmp_path / "a.sql").write_text("\\i 'c d.sql'")
    (tmp_path / "b.sql").write_text("")
    (tmp_path / "c d.sql").write_text("SELECT 2;\n")

    found = includes.named(tmp_path / "main.sql", "postgres")

    assert sorted(file.name for file in found) == ["a.sql", "b.sql", "c d.sql"]
