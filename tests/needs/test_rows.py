"""Rows in the format of database clients: each on one line, NULL and empty distinguished."""

from hypothesis import given
from hypothesis import strategies as st

from localenv.needs import Row
from localenv.needs.mariadb.insert import statements
from localenv.needs.postgres import sql
from localenv.needs.postgres.arrays import literal

ROWS = st.lists(st.lists(st.none() | st.text("a\",\r\n\t'\\;.é", max_size=4), min_size=2, max_size=3), max_size=6)


@given(ROWS)
def test_every_row_stands_on_one_line(rows: list[Row]) -> None:
    statement = b"".join(statements("t", ("a", "b"), rows, batch=1))
    assert statement.count(b"\n") == len(rows) + 1
    assert statement.count(b"INSERT INTO `t` (`a`, `b`) VALUES (") == len(rows)
    assert b"".join(sql.rows("t", ("a", "b"), rows, 1)).count(b"\n") == len(rows)


def test_rows_go_in_batches_with_nothing_and_empty_apart() -> None:
    text = b"".join(statements("s.t", ("a", "b"), [["1", None], ["2", ""], ["3", "'\\\n"]], batch=2)).decode()
    assert text.split("START TRANSACTION; ")[1] == (
        "INSERT INTO `s`.`t` (`a`, `b`) VALUES ('1',NULL)\n,('2','');\n"
        "INSERT INTO `s`.`t` (`a`, `b`) VALUES ('3','''\\\\\\n')\n;COMMIT;\n"
    )
    assert b"".join(sql.rows("t", ("a", "b"), [[None, ""], ["\\.", "\t\n\r\\N"]], 1)) == (
        b"\\N\t\n\\\\.\t\\t\\n\\r\\\\N\n"
    )


def test_an_array_keeps_nothing_quotes_and_arrays_of_its_own() -> None:
    assert literal(['a "b"', None, "NULL", "\\", ""]) == '{"a \\"b\\"",NULL,"NULL","\\\\",""}'
    assert literal([["1", "2"], ["3", "4"]]) == '{{"1","2"},{"3","4"}}'
    assert literal([]) == "{}"
