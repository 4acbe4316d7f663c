import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localenv.stubs.sources import documents

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(value=VALUES, indent=st.sampled_from([None, 1, 4]), ascii_only=st.booleans())
def test_every_key_and_item_stands_where_its_position_says(tmp_path_factory, value, indent, ascii_only):
    file = tmp_path_factory.getbasetemp() / "value.json"
    file.write_text(json.dumps(value, indent=indent, ensure_ascii=ascii_only), encoding="utf-8", newline="")
    document = documents.read(file)
    assert document.value == value
    for where, offset in document.offsets.items():
        found, end = json.JSONDecoder().raw_decode(document.text, offset)
        if isinstance(where[-1], str):
            assert found == where[-1]
            offset = document.text.index(":", end) + 1
            found, _ = json.JSONDecoder().raw_decode(document.text, offset + (document.text[offset] == " "))
        expected = value
        for step in where:
            expected = expected[step]
        assert found == expected


def test_lines_and_columns_count_from_1_and_a_missing_key_is_where_its_object_is(tmp_path):
    (tmp_path / "a.json").write_text('{\n  "request": {"url": "/a"}\n}')
    document = documents.read(tmp_path / "a.json")
    assert (document.at(("request", "url")).line, document.at(("request", "url")).column) == (2, 15)
    assert document.at(("request", "nothing")) == document.at(("request",))
    assert (document.at(()).line, document.at(()).column) == (1, 1)


@pytest.mark.parametrize(
    ("content", "places", "words", "hint"),
    [
        (b'{"a": 1,\n "b": }', {(2, 7)}, "is not valid JSON", ""),
        # since Python 3.13 the error is at the comma
        (b'{"a": 1,\n}', {(2, 1), (1, 8)}, "is not valid JSON", "remove the comma after the last entry"),
        (b"[1,\n 2,\n]", {(3, 1), (2, 3)}, "is not valid JSON", "remove the comma after the last entry"),
        (b'{"a": 1} # why', {(1, 10)}, "is not valid JSON", "a comment begins with //"),
        (b"{'a\\'\"': 1, // one\n 'b': }", {(2, 7)}, "is not valid JSON", ""),
        (b"{'a': 'b}", {(1, 7)}, "is not valid JSON", ""),
        (b"", {(1, 1)}, "is not valid JSON", "for no mappings"),
        (b'{"a": NaN}', {(1, 1)}, "NaN is not a JSON number", ""),
        (b'{"a": "\xff"}', {(1, 1)}, "UTF-8", ""),
        (b"[" * 100_000, {(1, 1)}, "nested too deeply", ""),
    ],
    ids=lambda value: "" if isinstance(value, set) else str(value)[:20],
)
def test_what_is_no_json_is_told_with_its_place(tmp_path, content, places, words, hint):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(documents.Unreadable) as refused:
        documents.read(tmp_path / "a.json")
    problem = refused.value.problem
    assert words in problem.message
    assert hint in problem.hint
    assert (problem.at.line, problem.at.column) in places


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ('// who\n{"a": /* why */ 1, // "b": 2\n "c": "// no /* comment"} // end', {"a": 1, "c": "// no /* comment"}),
        ("{'a': 'it\\'s \"so\"', \"b\": \"it's\\n\"}", {"a": 'it\'s "so"', "b": "it's\n"}),
        ('{"a": "it\\\'s", "b": \'\\\\\', "c": "\\\\"}', {"a": "it's", "b": "\\", "c": "\\"}),
    ],
)
def test_comments_and_single_quotes_are_read_as_wiremock_reads_them(tmp_path, content, value):
    (tmp_path / "a.json").write_text(content)
    assert documents.read(tmp_path / "a.json").value == value


def test_positions_are_those_of_the_file_also_behind_comments_and_single_quotes(tmp_path):
    text = "/* a\n b */ {'x\"y': 1, // c\n   'z': [ 'it\\'s \"', /* d */ {'k': 2}]}"
    (tmp_path / "a.json").write_text(text)
    document = documents.read(tmp_path / "a.json")
    lines = text.splitlines()
    for where, key in (('x"y',), "'x\"y'"), (("z",), "'z'"), (("z", 0), "'it"), (("z", 1), "{"), (("z", 1, "k"), "'k'"):
        at = document.at(where)
        assert lines[at.line - 1][at.column - 1 :].startswith(key)


def test_a_huge_file_is_refused_unread(tmp_path):
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(documents.LARGEST + 1)
    with pytest.raises(documents.Unreadable, match="larger than 8 MiB"):
        documents.read(tmp_path / "a.json")


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert documents.read(tmp_path / "a.json").value == {"a": 1}
