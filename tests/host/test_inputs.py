"""Input files, and when their digest changes."""

import os
import subprocess
import sys

import pytest

from localenv.host import inputs, tracked
from localenv.process import ProgramMissing


@pytest.fixture
def folder(tmp_path):
    """A git checkout with a file of every type."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name, text in {
        ".gitignore": "ignored/\n*.log\n",
        "app/main.py": "a",
        "app/data.bin": "\0",
        "app/deep/er.txt": "b",
        "app/ignored/x": "c",
        "app/noise.log": "d",
        "app/new\nline é.txt": "e",
        "other/y.py": "f",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "app" / "link").symlink_to("main.py")
    return tmp_path


def names(folder):
    return {str(file.relative_to(folder)) for file in inputs.tracked(folder)}


def digest(folder):
    return inputs.digest(inputs.tracked(folder), base=folder)


TRACKED = {"main.py", "data.bin", "deep/er.txt", "new\nline é.txt", "link"}


def test_files_are_those_git_knows_or_would_take(folder):
    subprocess.run(["git", "-C", str(folder), "add", "app/main.py"], check=True)

    assert names(folder / "app") == TRACKED


def test_what_was_deleted_and_is_not_committed_is_gone(folder):
    subprocess.run(["git", "-C", str(folder), "add", "."], check=True)
    (folder / "app" / "main.py").unlink()

    assert names(folder / "app") == TRACKED - {"main.py"}


def test_a_name_of_several_lines_counts_too_where_it_comes_first(folder):
    (folder / "app" / "Two\nlines.txt").write_text("")
    (folder / "app" / "link").unlink()

    assert names(folder / "app") == TRACKED - {"link"} | {"Two\nlines.txt"}


def test_outside_git_it_is_all_but_what_is_plainly_no_source(folder, monkeypatch):
    (folder / "app" / "node_modules" / "x").mkdir(parents=True)
    (folder / "app" / "node_modules" / "x" / "index.js").write_text("")

    def missing(*_: object, **__: object) -> None:
        raise ProgramMissing("git")

    monkeypatch.setattr(tracked.process, "run", missing)

    assert names(folder / "app") == TRACKED | {"ignored/x", "noise.log"}


def test_a_name_that_is_no_text_counts_too(folder):
    before = digest(folder / "app")
    (folder / "app" / "caf\udce9.txt").write_text("x")

    assert digest(folder / "app") != before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make folders that another user may not read")
def test_a_folder_git_may_not_read_hides_no_other_file(folder):
    closed = folder / "app" / "closed"
    closed.mkdir(mode=0o700)
    (closed / "x").write_text("")
    code = (
        "import os, sys, localenv.host.inputs as inputs; from pathlib import Path; os.setuid(65534)\n"
        "found = inputs.tracked(Path(sys.argv[1])); print(sorted(file.name for file in found))\n"
        "inputs.digest(found, base=Path('/'))"
    )
    for path in (folder, *folder.parents[:3]):
        path.chmod(0o755)
    (folder / "app" / "data.bin").chmod(0o600)
    trusted = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}

    done = subprocess.run(
        [sys.executable, "-c", code, str(folder / "app")], capture_output=True, text=True, env={**os.environ, **trusted}
    )

    assert done.stdout.strip() == str(sorted(["main.py", "data.bin", "er.txt", "new\nline é.txt", "link"])), done.stderr


def test_content_counts(folder):
    before = digest(folder / "app")
    (folder / "app" / "main.py").write_text("A")

    assert digest(folder / "app") != before


def test_names_count(folder):
    before = digest(folder / "app")
    (folder / "app" / "main.py").rename(folder / "app" / "start.py")

    assert digest(folder / "app") != before


def test_permission_to_execute_counts(folder):
    before = digest(folder / "app")
    (folder / "app" / "main.py").chmod(0o755)

    assert digest(folder / "app") != before


def test_where_a_link_leads_counts(folder):
    before = digest(folder / "app")
    (folder / "app" / "link").unlink()
    (folder / "app" / "link").symlink_to("nowhere")

    assert digest(folder / "app") != before


def test_time_and_other_permissions_do_not_count(folder):
    before = digest(folder / "app")
    (folder / "app" / "main.py").touch()
    os.utime(folder / "app" / "main.py", (1, 1))
    (folder / "app" / "main.py").chmod(0o600)

    assert digest(folder / "app") == before


def test_neither_the_checkout_nor_the_order_counts(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("1")
        (tmp_path / name / "b").write_text("2")

    first = inputs.digest([tmp_path / "one" / "a", tmp_path / "one" / "b"], base=tmp_path / "one")
    second = inputs.digest([tmp_path / "other" / "b", tmp_path / "other" / "a"], base=tmp_path / "other")

    assert first == second
    assert first != inputs.digest([tmp_path / "one" / "a", tmp_path / "one" / "b"], base=tmp_path / "one", more="x")


def test_what_moves_between_files_counts(tmp_path):
    (tmp_path / "a").write_text("12")
    (tmp_path / "b").write_text("")
    before = inputs.digest([tmp_path / "a", tmp_path / "b"], base=tmp_path)
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")

    assert inputs.digest([tmp_path / "a", tmp_path / "b"], base=tmp_path) != before


def test_much_data_is_not_read_and_goes_by_its_time(tmp_path, monkeypatch):
    with (tmp_path / "dump.sql").open("w") as dump:
        dump.truncate(600 << 20)
    monkeypatch.setattr(inputs, "_content", lambda *_: pytest.fail("was read"))
    before = inputs.digest([tmp_path / "dump.sql"], base=tmp_path)

    assert inputs.digest([tmp_path / "dump.sql"], base=tmp_path) == before
    os.utime(tmp_path / "dump.sql", (1, 1))
    assert inputs.digest([tmp_path / "dump.sql"], base=tmp_path) != before
