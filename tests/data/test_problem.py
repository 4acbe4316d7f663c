"""Errors for a file before anything is started, and for an unreadable one."""

import gzip
from pathlib import Path

import pytest

from localenv import data
from localenv.data import values
from localenv.data.csv_rows import CsvRows
from localenv.data.json_rows import JsonLines, JsonRows
from localenv.data.source import chunks
from localenv.data.tables import READERS
from localenv.errors import JobError
from localenv.needs import files
from localenv.needs.mariadb import sql as mariadb
from localenv.process import Completed
from localenv.stack import Job, Need, Stage

MARK = "\ufeff"
DB = Need(name="db", kind="postgres", version="17", user="u", databases=("d",))


@pytest.mark.parametrize(
    ("name", "table", "kind", "message"),
    [
        ("a.sql", None, "postgres", None),
        ("a.sql.gz", None, "mysql", None),
        ("A.CSV", "t", "mariadb", None),
        ("a.ndjson.gz", "t", "postgres", None),
        ("a.jsonl", "t", "postgres", None),
        ("a.b.JSONL.GZ", "t", "postgres", None),
        ("a.csv", None, "postgres", "needs table:"),
        ("A.Csv.Gz", None, "postgres", "needs table:"),
        ("a.sql", "t", "postgres", "is SQL"),
        ("A.SQL.GZ", "t", "postgres", "is SQL"),
        ("a.xlsx", "t", "postgres", "cannot be loaded"),
        ("a.gz", "t", "postgres", "cannot be loaded"),
        ("a", None, "postgres", "cannot be loaded"),
        ("a.csv", "t", "redis", "redis cannot load files"),
        ("a.sql", None, "nats", "nats cannot load files"),
    ],
)
def test_a_file_that_does_not_fit_is_known_beforehand(
    name: str, table: str | None, kind: str, message: str | None
) -> None:
    problem = files.problem(Path(name), table, kind)
    assert problem is None if message is None else problem is not None and message in problem[0]


def test_every_file_of_rows_that_a_description_takes_has_its_reader():
    assert set(READERS) == set(files.ROWS)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "a.csv:1: the first line has no column names"),
        ("a.csv", b"id,,x\n1,2,3\n", "a.csv:1: a column has no name"),
        ("a.csv", b"id;name\n1;2\n", "a.csv:1: the header is one field"),
        ("a.csv", "id,näme\n".encode("latin-1"), "a.csv:1: the text is not UTF-8"),
        ("a.json", b'{"id": 1}', "a.json:1: the file is not an array of objects"),
        ("a.json", b"\n[1]", "a.json:2: expected an object"),
        ("a.ndjson", b"\n{}\n", "a.ndjson:2: the first object has no keys"),
        ("a.ndjson", b'{"a": ' + b"[" * 100_000, "a.ndjson: nested too deeply"),
        ("a.csv.gz", b"id\n1\n", "a.csv.gz: the compressed data is damaged or incomplete"),
        ("gone.csv", None, "gone.csv: no such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    name: str, content: bytes | None, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    job = Job(name="db.seed.1", stage=Stage.SEED, need="db", file=tmp_path / name, table="t")
    with pytest.raises(JobError) as failed:
        data.load(job, DB, lambda *_: Completed(code=0, output=""))
    assert failed.value.message.startswith("db.seed failed at ")
    assert message in failed.value.message


def test_an_array_without_objects_is_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(" [ ]\n")
    job = Job(name="db.seed.1", stage=Stage.SEED, need="db", file=tmp_path / "a.json", table="t")
    assert data.load(job, DB, lambda *_: pytest.fail("nothing is to be run")).code == 0


def test_an_array_is_read_one_object_at_a_time_and_every_digit_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    rest = '"price": 1.10, "more": {"x": [1.10, "é\\"", true]}}'
    many = ",\n".join(f'{{"id": {n}, {rest}' for n in range(5_000))
    file.write_text(f"{MARK}[{many}]", encoding="utf-8")
    rows = JsonRows(file)
    assert rows.columns() == ("id", "price", "more")
    made = list(rows.rows())
    assert [line for line, _ in made] == list(range(1, 5_001))
    assert values.row(made[-1][1], 5_000, mariadb, {}) == ["4999", "1.10", '{"x": [1.10, "é\\"", true]}']


def test_json_lines_and_csv_tell_where_each_row_begins(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('\n{"a": "x\\ny", "b": true}\n\n{"a": null}')
    (tmp_path / "a.csv").write_text(f'{MARK}"a","b\nc"\n1,"\n\n"\n2,3')
    assert list(JsonLines(tmp_path / "a.jsonl").rows()) == [(2, ["x\ny", True]), (4, [None, None])]
    rows = CsvRows(tmp_path / "a.csv")
    assert rows.columns() == ("a", "b\nc")
    assert list(rows.rows()) == [(3, ["1", "\n\n"]), (6, ["2", "3"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_csv_is_read_in_every_unicode_and_with_every_end_of_line(tmp_path: Path, encoding: str, end: str) -> None:
    text = end.join(["id,note", '1,"a ""b"", ', 'c"', "2,é", '3,""', "4,"])
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    rows = CsvRows(tmp_path / "a.csv")
    assert rows.columns() == ("id", "note")
    wanted = [(2, ["1", f'a "b", {end}c']), (4, ["2", "é"]), (5, ["3", ""]), (6, ["4", None])]
    assert list(rows.rows()) == wanted


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_sql_and_json_are_read_in_every_unicode(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.sql").write_bytes("SELECT 'é';\n".encode(encoding))
    assert b"".join(chunks(tmp_path / "a.sql")) == "SELECT 'é';\n".encode()
    (tmp_path / "a.json").write_bytes('[{"id": "é"}]'.encode(encoding))
    assert list(JsonRows(tmp_path / "a.json").rows()) == [(1, ["é"])]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('id,name\n1,5" pipe\n2,6" hose\n', "a.csv:2: a quote inside a field"),
        ('id,name\n1,a\n3,say "hi" now\n', "a.csv:3: a quote inside a field"),
        ('id,name\n1,"a"b\n', "a.csv:2: a quote inside a field"),
        ('id,name\n1,"a\nb",c"d"\n', "a.csv:3: a quote inside a field"),
        ('id,name\n1,a\n2,"b\n3,c\n', "a.csv:3: a quote is not closed"),
        ("id,name\n1,a\n2,x\0yz\n", "a.csv:3: a NUL character"),
        ("id,name\n1,a\rb,c\n2,d\n", "a.csv:2: a line ends in CR"),
        ("id,name\n1,a,b\n", "a.csv:2: the row has 3 fields, and the header names 2 columns"),
        ("id,name\n1,a\n\n", "a.csv:3: the line is empty, and the header names 2 columns"),
    ],
)
def test_csv_that_could_mean_something_else_is_refused_by_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(text, newline="")
    _, chunks = data.feed(Job(name="db.seed", stage=Stage.SEED, need="db", file=tmp_path / "a.csv", table="t"), DB)
    with pytest.raises(JobError) as failed:
        list(chunks)
    assert message in failed.value.message


def test_json_with_a_character_no_column_holds_is_refused_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"a": "x"}\n{"a": "x\\u0000"}\n')
    _, chunks = data.feed(Job(name="db.seed", stage=Stage.SEED, need="db", file=tmp_path / "a.ndjson", table="t"), DB)
    with pytest.raises(JobError, match=r"a\.ndjson:2: a NUL character"):
        list(chunks)


@pytest.mark.parametrize(("name", "table"), [("a.sql.gz", None), ("a.csv.gz", "t")])
def test_a_file_that_is_cut_off_is_told_while_it_is_read_for_somebody_else(
    tmp_path: Path, name: str, table: str | None
) -> None:
    file = tmp_path / name
    whole = gzip.compress(b"".join(f"{number},{number * number}\n".encode() for number in range(100_000)))
    file.write_bytes(whole[: len(whole) // 2])
    job = Job(name="db.seed", stage=Stage.SEED, need="db", file=file, table=table)

    _, chunks = data.feed(job, DB)

    with pytest.raises(JobError, match="damaged or incomplete"):
        list(chunks)
