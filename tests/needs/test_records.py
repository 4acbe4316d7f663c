"""CSV in pieces of any size comes out in whole records."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from localenv.needs.mariadb.insert import statements
from localenv.needs.records import lines, records

FIELDS = st.lists(st.lists(st.text("a\",\r\n'\\;é", max_size=4), min_size=2, max_size=3), max_size=6)


def written(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@given(FIELDS, st.integers(1, 7))
def test_records_are_whole_whatever_the_pieces(rows: list[list[str]], size: int) -> None:
    text = written(rows)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    found = list(records(pieces))
    assert b"".join(found) == text
    assert [next(csv.reader(io.StringIO(one.decode(), newline=""))) for one in found] == rows
    assert b"".join(lines(pieces)) == text


@given(FIELDS)
def test_every_row_becomes_one_insert_on_the_lines_it_had(rows: list[list[str]]) -> None:
    text = written(rows)
    statement = b"".join(statements("t", ("a", "b"), [text], batch=1))
    assert statement.count(b"\n") == text.count(b"\n") + 1
    assert statement.count(b"INSERT INTO `t` (`a`, `b`) VALUES (") == len(rows)


def test_rows_go_in_batches_with_nothing_and_empty_apart() -> None:
    text = b"".join(statements("s.t", ("a", "b"), [b'1,\n2,""\n3,\''], batch=2)).decode()
    assert text.split("START TRANSACTION; ")[1] == (
        "INSERT INTO `s`.`t` (`a`, `b`) VALUES ('1',NULL)\n,('2','');\n"
        "INSERT INTO `s`.`t` (`a`, `b`) VALUES ('3','''');COMMIT;\n"
    )
