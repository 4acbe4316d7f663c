"""Patterns of a repository: what they match, that each folder is read once, and that links lead nowhere else."""

import time
from pathlib import Path

import pytest

from localenv.host import contained, globs


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name in ("a.sql", "one/b.sql", "one/two/c.sql", "one/two/d.txt", ".git/e.sql", "one/node_modules/f.sql"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def matched(root: Path, pattern: str) -> list[str]:
    found = globs.matches(root, root / pattern, lambda path: contained.is_within(path, [root]), globs.Budget())
    return [str(file.relative_to(root)) for file in found]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.sql", ["a.sql"]),
        ("**/*.sql", ["a.sql", "one/b.sql", "one/two/c.sql"]),
        ("**", ["a.sql", "one/b.sql", "one/two/c.sql", "one/two/d.txt"]),
        ("one/**", ["one/b.sql", "one/two/c.sql", "one/two/d.txt"]),
        ("one/**/c.sql", ["one/two/c.sql"]),
        ("one/**/**/two/*", ["one/two/c.sql", "one/two/d.txt"]),
        ("o*", ["one/b.sql", "one/two/c.sql", "one/two/d.txt"]),
        ("*/two", ["one/two/c.sql", "one/two/d.txt"]),
        ("?ne/[b-c].sql", ["one/b.sql"]),
        ("one/x*", []),
    ],
)
def test_a_pattern_matches_files_and_what_is_in_folders(tree: Path, pattern: str, names: list[str]) -> None:
    assert matched(tree, pattern) == names


def test_a_pattern_of_many_wildcards_reads_each_folder_once(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(40):
        deep = deep / "d"
    deep.mkdir(parents=True)
    began = time.process_time()
    assert matched(tmp_path, "**/*/" * 12 + "x.sql") == []
    assert time.process_time() - began < 30


def test_a_link_that_leads_away_stands_for_itself_and_nothing_behind_it_is_read(tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "g.sql").touch()
    (tree / "one/away").symlink_to(outside)
    (tree / "inside").symlink_to(tree / "one/two")
    (tree / "one/loop").symlink_to(tree)
    assert matched(tree, "one/*/*.sql") == ["one/away", "one/loop/a.sql", "one/two/c.sql"]
    assert matched(tree, "inside/*.sql") == ["inside/c.sql"]
    assert matched(tree, "one/away*") == ["one/away"]


def test_patterns_that_match_too_much_together_end(tree: Path) -> None:
    files, names = globs.Budget(files=3), globs.Budget(names=20)
    for budget in (files, names):
        for _ in range(9):
            globs.matches(tree, tree / "**/*.sql", lambda path: True, budget)
        assert budget.is_spent
