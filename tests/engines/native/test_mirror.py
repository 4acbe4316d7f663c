"""The copy of a folder's sources, in which Node tools write."""

import subprocess
from pathlib import Path

import pytest

from localenv.engines.native.mirror import bring_up_to_date


def test_links_are_followed_to_where_they_lead_and_one_that_leads_nowhere_is_left_out(tmp_path: Path) -> None:
    source, copy, shared = tmp_path / "source", tmp_path / "copy", tmp_path / "shared"
    for folder in (source, copy, shared):
        folder.mkdir()
    (shared / "a.js").write_text("one")
    (source / "folder").symlink_to("../shared")
    (source / "file.js").symlink_to("../shared/a.js")
    (source / "nowhere").symlink_to("../gone")

    for _ in range(2):
        bring_up_to_date(source, copy)

    assert (copy / "folder" / "a.js").read_text() == (copy / "file.js").read_text() == "one"
    assert not (copy / "nowhere").exists()


def test_what_is_gone_from_the_sources_goes_from_the_copy_and_what_tools_wrote_there_stays(tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.mkdir()
    copy.mkdir()
    (source / "a.js").write_text("a")
    (source / "b.js").write_text("b")
    (copy / "built.js").write_text("built")
    bring_up_to_date(source, copy)
    (source / "a.js").unlink()

    bring_up_to_date(source, copy)

    assert {file.name for file in copy.iterdir() if file.suffix} >= {"b.js", "built.js"}
    assert not (copy / "a.js").exists()


@pytest.mark.parametrize("name", ["two\nlines.js", "carriage\rreturn.js", "line\u2028separator.js", "latin\udcfc.js"])
def test_a_file_of_any_name_comes_into_the_copy_and_goes_from_it(tmp_path: Path, name: str) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.mkdir()
    copy.mkdir()
    (source / name).write_text("a")
    (source / "stays.js").write_text("b")
    bring_up_to_date(source, copy)
    assert (copy / name).read_text() == "a"
    (source / name).unlink()

    bring_up_to_date(source, copy)

    assert [file.name for file in copy.iterdir() if file.suffix == ".js"] == ["stays.js"]


def test_what_git_ignores_and_an_image_is_built_from_comes_along_but_no_modules(tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    for name in ("dist/a.js", "node_modules/x/index.js", "packages/a/node_modules/y.js", "tests/t.js"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
    copy.mkdir()
    subprocess.run(["git", "init", "-q", str(source)], check=True)
    (source / ".gitignore").write_text("dist/\nnode_modules/\n")
    (source / ".dockerignore").write_text("tests\n")

    bring_up_to_date(source, copy)

    assert (copy / "dist/a.js").read_text() == "dist/a.js"
    assert (copy / "tests/t.js").exists()  # tracked by git
    assert not list(copy.rglob("node_modules"))
