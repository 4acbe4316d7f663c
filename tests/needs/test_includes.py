"""Files that a file of SQL includes."""

import gzip
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

    found = includes.named(tmp_path / "main.sql", "postgres", tmp_path)

    assert sorted(file.name for file in found) == ["a.sql", "b.sql", "c d.sql"]


def test_they_are_found_in_a_compressed_file_too_also_one_that_ends_early(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 1;\n")
    rows = b"".join(b"SELECT %d;\n" % (number * 7919) for number in range(20_000))
    packed = gzip.compress(b"\\ir a.sql\n" + rows)
    (tmp_path / "main.sql.gz").write_bytes(packed)
    (tmp_path / "half.sql.gz").write_bytes(packed[:-8])

    assert includes.named(tmp_path / "main.sql.gz", "postgres", tmp_path) == (tmp_path / "a.sql",)
    assert includes.is_any(tmp_path / "half.sql.gz", "postgres")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r"\ir :file", True),
        (r"\copy t from program 'cat rows.txt'", True),
        (r"\lo_import photo.jpg", True),
        (r"SELECT '\if this';", False),
    ],
)
def test_a_name_that_only_the_client_knows_counts(tmp_path: Path, line: str, expected: bool) -> None:
    (tmp_path / "main.sql").write_text(f"{line}\n")

    assert includes.is_any(tmp_path / "main.sql", "postgres") is expected


def test_what_leads_out_of_the_repository_is_left_out(tmp_path: Path) -> None:
    top = tmp_path / "theirs"
    seeds = top / "seeds"
    seeds.mkdir(parents=True)
    (tmp_path / "private.sql").write_text("\\ir more.sql\n")
    (tmp_path / "more.sql").write_text("")
    (top / "shared.sql").write_text("")
    (seeds / "link.sql").symlink_to(tmp_path / "private.sql")
    (seeds / "main.sql").write_text(
        f"\\ir ../../private.sql\n\\i {tmp_path}/private.sql\n\\ir link.sql\n\\ir ../shared.sql\n"
    )

    found = includes.named(seeds / "main.sql", "postgres", top)

    assert [file.resolve() for file in found] == [top / "shared.sql"]
