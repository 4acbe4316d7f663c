"""YAML with positions: scalars as written, a hint for every trap, and no harmful file."""

# ruff: noqa: E501 - a row of the table is one line

import time
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localenv import sources
from localenv.errors import DescriptionError
from localenv.errors.problems import Position
from localenv.sources import Items, Null, Table, Text

TEXTS = st.text(st.characters(exclude_characters="\x85", codec="utf-8"))  # PyYAML itself writes it wrongly


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "local.yaml"


def test_scalars_are_texts_exactly_as_written(file: Path) -> None:
    file.write_text(
        "a: False\nb: 3.10\nc: 0560\nd: '~'\ne: ~\nf:\ng: 2001-01-01\nh: yes\ni: \"null\"\nj: 1_000\nk: 12:30:00\n"
    )
    root = sources.read(file)
    texts = {key: value for key, value in root.items() if isinstance(value, Text)}
    assert texts == {
        "a": "False", "b": "3.10", "c": "0560", "d": "~", "g": "2001-01-01", "h": "yes", "i": "null", "j": "1_000",
        "k": "12:30:00",
    }  # fmt: skip
    assert [root["e"], root["f"]] == [Null("~", Position(file, 5, 4)), Null("", Position(file, 6, 3))]
    assert texts["a"].plain
    assert not texts["d"].plain


def test_every_key_and_value_has_its_place(file: Path) -> None:
    file.write_text("a: 1\nb:\n  - x\n  - {c: 'dé', e: f}\n")
    root = sources.read(file)
    assert root.positions == {"a": Position(file, 1, 1), "b": Position(file, 2, 1)}
    items = root["b"]
    assert isinstance(items, Items)
    assert items[0].at == Position(file, 3, 5)
    inner = items[1]
    assert isinstance(inner, Table)
    assert inner.positions["e"] == Position(file, 4, 15)
    text = inner["c"]
    assert isinstance(text, Text)
    assert text.within(1) == Position(file, 4, 11)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.text())
def test_any_text_survives_in_quotes(file: Path, text: str) -> None:
    escaped = "".join(f"\\U{ord(character):08x}" for character in text)
    file.write_text(f'a: "{escaped}"\n')
    assert sources.read(file)["a"] == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.dictionaries(TEXTS.filter(len), TEXTS | st.lists(TEXTS), min_size=1))
def test_what_another_library_writes_is_read_back_as_texts(file: Path, value: dict[str, object]) -> None:
    written = {"<<x" + key: item for key, item in value.items()}
    file.write_text(yaml.safe_dump(written, allow_unicode=True), "utf-8")
    assert sources.read(file) == written


def test_anchors_and_merge_keys_are_accepted_and_what_is_said_wins(file: Path) -> None:
    file.write_text("x: &x {a: 1, b: 2}\ny: {<<: *x, a: 3}\nz: {a: 4, <<: [{c: 5}, *x]}\nt: {'<<': 6}\nk: *x\n")
    root = sources.read(file)
    assert root["y"] == {"a": "3", "b": "2"}
    assert root["z"] == {"a": "4", "c": "5", "b": "2"}
    assert root["t"] == {"<<": "6"}
    assert root["k"] == {"a": "1", "b": "2"}
    merged = root["y"]
    assert isinstance(merged, Table)
    assert merged.positions == {"a": Position(file, 2, 13), "b": Position(file, 1, 14)}


def test_core_tags_are_accepted(file: Path) -> None:
    file.write_text("a: !!str 5\nb: !!int '5'\nc: !!null x\nd: !!map {e: !!seq []}\nf: ! 5\n")
    root = sources.read(file)
    assert (root["a"], root["b"], root["d"], root["f"]) == ("5", "5", {"e": []}, "5")
    assert isinstance(root["c"], Null)


BOMB = "a: &a [" + "x, " * 9 + "x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)  # fmt: skip

REFUSED = {
    "duplicate key": ("a: 1\nb: 2\na: 3\n", "3:1", "duplicate key 'a'; first in line 1", ""),
    "object": ("a: !!python/object/apply:os.system [x]\n", "1:4", "the tag !!python/object/apply:os.system", "without a tag"),
    "tag of Compose": ("a: !reset x\n", "1:4", "the tag !reset", ""),
    "binary tag": ("a: !!binary aGk=\n", "1:4", "the tag !!binary", ""),
    "tag of another kind": ("a: !!set {b}\n", "1:4", "the tag !!set", ""),
    "self": ("a: &a [*a]\n", "1:8", "*a refers to itself", ""),
    "unknown alias": ("a: *b\n", "1:4", "unknown anchor &b", "quote"),
    "bomb": (BOMB, "5:4", "more than 100,000 values", ""),
    "deep brackets": ("a: " + "[" * 100_000, "1:67 1:1003", "nested deeper than 64", ""),
    "deep braces": ("a: " + "{a: " * 100_000, "1:256", "nested deeper than 64", ""),
    "deep dashes": ("- " * 100_000, "1:129", "nested deeper than 64", ""),
    "deep aliases": ("a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 30 + "*a" + "]" * 30, "2:34", "through *a", ""),
    "binary": (b"\x7fELF\0\0", "1:1", "'\\x7f' is not allowed in YAML", ""),
    "zero": (b"a: \0", "1:4", "the file is binary", ""),
    "latin-1": ("a: b\nc: é".encode("latin-1"), "2:4", "not UTF-8", "save it as UTF-8"),
    "utf-16": ("a: é".encode("utf-16"), "1:1", "not UTF-8", ""),
    "empty": ("", "1:1", "the file is empty", "services:"),
    "comment only": ("# nothing\n", "1:1", "the file is empty", ""),
    "null": ("~\n", "1:1", "the file is empty", ""),
    "list": ("- a\n", "1:1", "is not a mapping", ""),
    "text": ("hello\n", "1:1", "is not a mapping", ""),
    "documents": ("a: 1\n---\nb: 2\n", "2:1", "a second document begins here", ""),
    "tab": ("a:\n\tb: c\n", "2:1", "not valid YAML", "indent with spaces"),
    "reference in a mapping": ("a: {PORT: ${port}}\n", "1:12", "not valid YAML", 'quote references: "${…}"'),
    "reference in a text in a mapping": ("a: {r: POST ${b.url}/x}\n", "1:14", "not valid YAML", "quote references"),
    "reference in a list": ("a: [${port}]\n", "1:6", "not valid YAML", "quote references"),
    "brackets": ("a: [psycopg[binary]]\n", "1:12", "not valid YAML", "quote strings with brackets"),
    "glob": ("a: [*.sql]\n", "1:6", "not valid YAML", "quote strings beginning with *"),
    "colon": ("a: b: c\n", "1:5", "not valid YAML", "quote strings with ': '"),
    "a key without a colon": ("a: b\nc\n  d: e\n", "2:1", "':' is missing", "c: …"),
    "a value without a colon": ("a:\n  b x:1\n\n  c: e\n", "2:3", "':' is missing", "b: x:1"),
    "a colon without a space": ("a:\n  b:1 # b\n  c: e\n", "2:3", "a space after ':' is missing", "b: 1"),
    "the first key without a colon": ("a\n  b: {c: 1}\n", "1:1", "':' is missing", "a: …"),
    "at": ("a: @b\n", "1:4", "not valid YAML", "beginning with a special character"),
    "open quote": ("a: 'b\n", "1:4", "not valid YAML: ' is not closed", ""),
    "open quote of a text with a colon": ("a: {b: \"x: ${y\n", "1:8", 'not valid YAML: " is not closed', ""),
    "open bracket at the end": ("a: {b: 1}\nc: [\n", "2:4", "not valid YAML: [ is not closed", ""),
    "open bracket of a half-saved file": ("a:\n  b: {c: ../d, e", "2:6", "not valid YAML: { is not closed", ""),
    "bracket closed by another": ("a: {b: [c, d}\n", "1:8", "not valid YAML: [ is not closed", ""),
    "too few spaces": ("a:\n    b: 1\n   c: 2\n", "3:4", "not valid YAML", "indent it like line 2, with 4 spaces"),
    "too many spaces": ("a:\n  b: 1\n    c: 2\n", "3:6", "not valid YAML", "indent it like line 2, with 2 spaces"),
    "too many spaces before a mapping": ("a:\n  b: 1\n   c: {d: 2}\n", "3:5", "not valid YAML", "indent it like line 2"),
    "a list beside keys": ("a:\n  b: 1\n  - c\n", "3:3", "not valid YAML", "a list stands under a key of its own"),
    "open bracket": ("a: [b\nc: {d: ${e}}\n", "1:4", "not valid YAML: [ is not closed", ""),
    "template": ("a: {{b}}\n", "1:5", "a key must be a string", "quote"),
    "key without a text": ("? \n: b\n", "1:2", "a key must be a string", ""),
    "merge of a text": ("a: {<<: b}\n", "1:5", "<< needs a mapping", ""),
}  # fmt: skip


@pytest.mark.parametrize(("content", "where", "reason", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_at_once_with_its_place(
    file: Path, content: str | bytes, where: str, reason: str, hint: str
) -> None:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    started = time.monotonic()
    with pytest.raises(DescriptionError) as caught:
        sources.read(file)
    assert time.monotonic() - started < 10
    problem = caught.value.problems[0]
    assert problem.at
    assert problem.at.file == file
    assert f"{problem.at.line}:{problem.at.column}" in where.split(), str(problem)  # parsers differ in one case
    assert reason in problem.message
    assert hint in problem.hint


def test_a_file_of_100_megabytes_is_refused_without_reading_it(file: Path) -> None:
    with file.open("wb") as opened:
        opened.truncate(100 << 20)
    started = time.monotonic()
    with pytest.raises(DescriptionError, match="larger than 1 MiB"):
        sources.read(file)
    assert time.monotonic() - started < 10


def test_a_file_that_is_missing_or_none_is_refused(file: Path) -> None:
    with pytest.raises(DescriptionError, match="the file does not exist"):
        sources.read(file)
    with pytest.raises(DescriptionError, match="is not a file"):
        sources.read(file.parent)
    with pytest.raises(DescriptionError, match="is not a file"):
        sources.read(Path("/dev/zero"))


def test_every_lesser_mistake_is_told_at_once(file: Path) -> None:
    file.write_text("a: !x 1\nb: 2\nb: 3\nc: !y 4\n")
    with pytest.raises(DescriptionError) as caught:
        sources.read(file)
    assert [problem.at.line for problem in caught.value.problems if problem.at] == [1, 3, 4]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab:-?[]{}&*!|>'\"%@`#, \n\t$<~\\"), max_size=40))
def test_nothing_but_a_description_error_comes_of_any_text(file: Path, text: str) -> None:
    file.write_text(text)
    with suppress(DescriptionError):
        assert isinstance(sources.read(file), Table)


@pytest.mark.parametrize(
    "text",
    ["services: " + "[" * 100_000, "services: " + "{" * 100_000, "services:\n" + "- " * 100_000, "? " * 50_000, "- [\n" * 5000],
    ids=["lists", "mappings", "in one line", "keys", "lines"],
)  # fmt: skip
def test_what_is_nested_without_end_is_refused_at_once(text: str, tmp_path: Path) -> None:
    began = time.process_time()
    with pytest.raises(DescriptionError, match=r"nested deeper than 64 levels|not valid YAML|a key must be"):
        sources.parsed(text, tmp_path / "a.yaml")
    assert time.process_time() - began < 30


def test_brackets_in_texts_are_no_nesting(tmp_path: Path) -> None:
    text = "a: '" + "[{" * 300 + "'\n"
    assert sources.parsed(text, tmp_path / "a.yaml")["a"] == "[{" * 300
