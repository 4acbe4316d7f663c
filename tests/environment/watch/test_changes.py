"""Which changes of files `up --watch` sees."""

import subprocess
import threading
from pathlib import Path

import pytest

from localenv.environment.watch import changes
from tests.world.repository import write
from tests.world.waiting import until


@pytest.fixture
def seen(tmp_path: Path):
    """A checkout that is watched, and the names of what has changed in it."""
    write(tmp_path, {"shop/old/a.py": "1", "shop/old/deep/b.py": "1", ".gitignore": "*.log\n"})
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    over, names = threading.Event(), set()

    def follow() -> None:
        for burst in changes.follow([tmp_path], over):
            names.add("")  # it has begun
            names.update(path.relative_to(tmp_path).as_posix() for path in burst)

    thread = threading.Thread(target=follow)
    thread.start()
    until(lambda: "" in names, "watching")
    yield tmp_path, names
    over.set()
    thread.join()


def test_a_renamed_folder_is_all_its_files_gone_and_new(seen):
    folder, names = seen

    (folder / "shop" / "old").rename(folder / "shop" / "new")

    wanted = {f"shop/{one}/{name}" for one in ("old", "new") for name in ("a.py", "deep/b.py")}
    assert until(lambda: wanted <= names, "the files of both", more=lambda: str(names))


def test_a_folder_that_arrives_with_files_is_those_that_git_does_not_ignore(seen, tmp_path_factory):
    folder, names = seen
    arriving = tmp_path_factory.mktemp("elsewhere") / "new"
    write(arriving, {"c.py": "", "run.log": ""})

    arriving.rename(folder / "shop" / "new")

    until(lambda: "shop/new/c.py" in names, "the file", more=lambda: str(names))
    assert "shop/new/run.log" not in names


def test_files_that_git_does_not_know_any_more_are_gone(seen):
    folder, names = seen
    (folder / "shop" / "c.py").write_text("1")
    until(lambda: "shop/c.py" in names, "the new file", more=lambda: str(names))
    names.clear()

    (folder / "shop" / "c.py").rename(folder / "shop" / "c.log")
    (folder / "shop" / "old" / "a.py").unlink()
    subprocess.run(["git", "rm", "-q", "--cached", "shop/old/a.py"], cwd=folder, check=True)

    until(lambda: {"shop/c.py", "shop/old/a.py"} <= names, "the files that are gone", more=lambda: str(names))
    assert "shop/c.log" not in names


def test_a_folder_that_becomes_a_file_is_its_files_gone(seen):
    folder, names = seen
    (folder / "shop" / "old" / "deep" / "b.py").unlink()
    (folder / "shop" / "old" / "deep").rmdir()
    (folder / "shop" / "old" / "deep").write_text("a file")

    wanted = {"shop/old/deep", "shop/old/deep/b.py"}
    assert until(lambda: wanted <= names, "both", more=lambda: str(names))
