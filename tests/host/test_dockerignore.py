"""The exclusions of `.dockerignore`; `engines/compose` tests them against a builder."""

import time

import pytest

from localenv.host import dockerignore
from tests.world.repository import write

CASES = {
    "a name means it at the top alone": ("a.txt", {"a.txt"}, {"b/a.txt"}),
    "a folder means all below it": ("b", {"b", "b/a.txt", "b/c/d"}, {"bb", "a/b"}),
    "a slash at either end changes nothing": ("/b/", {"b/a.txt"}, {"a/b/a.txt"}),
    "a star stays in one folder": ("*/x.log", {"a/x.log"}, {"x.log", "a/b/x.log"}),
    "two stars go through any number": ("**/x.log", {"x.log", "a/x.log", "a/b/x.log"}, {"x.log.txt"}),
    "two stars at the end mean what is below": ("a/**", {"a/b", "a/b/c"}, {"a", "b/a/c"}),
    "a question mark is one letter": ("a?", {"ab"}, {"a", "abc", "a/"}),
    "letters to choose from": ("[ab].txt", {"a.txt", "b.txt"}, {"c.txt"}),
    "a dot is a dot": ("a.b", {"a.b"}, {"axb"}),
    "the last that matches decides": ("*.md\n!README.md\nREADME.md", {"a.md", "README.md"}, set()),
    "what is taken back": ("*\n!src\nsrc/gen", {"a", "src/gen/x"}, {"src", "src/a/b"}),
    "comments and empty lines mean nothing": ("# a\n\n  b  \n", {"b"}, {"a", "# a"}),
    "a pattern that is none means nothing": ("[", set(), {"[", "a"}),
}


@pytest.mark.parametrize(("text", "left_out", "kept"), CASES.values(), ids=CASES)
def test_what_is_left_out(text, left_out, kept):
    ignored = dockerignore.parsed(text)

    assert {name for name in left_out | kept if name in ignored} == left_out


def test_a_folder_is_looked_into_where_something_in_it_may_be_taken_back():
    ignored = dockerignore.parsed("a\nb\nc\n!a/keep\n")

    assert [name for name in "abc" if ignored.holds_nothing(name)] == ["b", "c"]
    assert not dockerignore.parsed("a\n!**/keep").holds_nothing("a")


def test_the_file_of_a_dockerfile_comes_first(tmp_path):
    write(tmp_path, {".dockerignore": "a", "dev.Dockerfile": "", "dev.Dockerfile.dockerignore": "b"})

    assert "a" in dockerignore.read(tmp_path)
    assert "a" not in dockerignore.read(tmp_path, tmp_path / "dev.Dockerfile")
    assert "b" in dockerignore.read(tmp_path, tmp_path / "dev.Dockerfile")


def test_patterns_that_would_take_years_take_no_time() -> None:
    patterns = "\n".join(f"{'**/' * 40}{'*a*' * 20}b{number}" for number in range(50))
    ignored = dockerignore.parsed(f"{patterns}\n{'**/a*/' * 20}*b")
    began = time.process_time()
    assert not any(f"{'d/' * 50}{'a' * 200}.log{number}" in ignored for number in range(50))
    assert "/".join(["ab"] * 20 + ["xb"]) in ignored
    assert time.process_time() - began < 30


def test_lines_that_no_path_could_match_and_lines_beyond_the_first_thousand_exclude_nothing() -> None:
    found = dockerignore.parsed("*a" * 2_000_000 + "\nsecret\n" + "x\n" * 100_000)
    assert "secret" in found
    assert len(found.patterns) == 1000
