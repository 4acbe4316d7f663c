"""Load files into real databases: the result, the speed, and the errors for a file that fails."""

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localenv import data
from localenv.errors import JobError
from localenv.needs import includes
from localenv.stack import Job, Need, Stage
from localenv.stack.references import literal

pytestmark = pytest.mark.docker

PG = Need(
    name="load-pg",
    kind="postgres",
    version="17",
    user="orders",
    password=literal("secret"),
    databases=("orders", "second-one"),
    extensions=("pg_trgm",),
)
MARIA = Need(
    name="load-maria",
    kind="mariadb",
    version="11",
    user="orders",
    password=literal("secret"),
    databases=("orders", "b"),
)
both = pytest.mark.parametrize("need", [PG, MARIA], ids=lambda need: need.kind)
Start = Callable[[Need], Any]


class Database:
    """A need with one new table, and files beside it."""

    def __init__(self, need: Need, start: Start, folder: Path) -> None:
        self.need, self.place, self.folder = need, start(need), folder
        data.prepare(need, self.place.execute)
        self.sql("DROP TABLE IF EXISTS customers;")
        self.sql("CREATE TABLE customers (id int PRIMARY KEY, name varchar(100), note text, active boolean);")

    def sql(self, text: str) -> str:
        (self.folder / "now.sql").write_text(text)
        return self.load("now.sql").output

    def write(self, name: str, content: str | bytes) -> str:
        text = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return name

    def load(self, name: str, table: str | None = None) -> Any:
        job = Job(name="db.seed.1", stage=Stage.SEED, need=self.need.name, file=self.folder / name, table=table)
        return data.load(job, self.need, self.place.execute)

    def feed(self, name: str, table: str) -> Any:
        """Load it like an ejected folder: with one client, and one text."""
        job = Job(name="db.seed.1", stage=Stage.SEED, need=self.need.name, file=self.folder / name, table=table)
        command, chunks = data.feed(job, self.need)
        return self.place.execute(self.need.name, command, self.place.kind.variables(self.need), chunks)

    def rows(self, columns: str = "id, name, note, active") -> list[list[Any]]:
        """Every row as JSON values."""
        make = "json_build_array" if self.need.kind == "postgres" else "json_array"
        kind = self.place.kind
        client = (*map(str, kind.sql.client(self.need)), *self._bare())
        completed = self.place.run(*client, stdin=f"SELECT {make}({columns}) FROM customers ORDER BY id;".encode())
        assert completed.code == 0, completed.output
        return [json.loads(line) for line in completed.output.splitlines()]

    def fails(self, name: str, table: str | None = None) -> JobError:
        with pytest.raises(JobError) as failed:
            self.load(name, table)
        return failed.value

    def _bare(self) -> tuple[str, ...]:
        return ("--tuples-only", "--no-align") if self.need.kind == "postgres" else ("--skip-column-names", "--raw")


@pytest.fixture
def database(need: Need, place: Start, tmp_path: Path) -> Database:
    return Database(need, place, tmp_path)


def true(need: Need) -> Any:
    return True if need.kind == "postgres" else 1


@both
def test_sql_is_read_by_the_own_client_of_the_server(database: Database) -> None:
    database.load(database.write("a.sql", "INSERT INTO customers VALUES (1, 'Zoë', NULL, true);\n"))
    database.load(database.write("b.sql.gz", "INSERT INTO customers\n VALUES (2, 'it''s; $1', '', false)"))
    assert [row[:3] for row in database.rows()] == [[1, "Zoë", None], [2, "it's; $1", ""]]


@both
def test_csv_keeps_lines_quotes_and_the_difference_of_nothing_and_empty(database: Database, need: Need) -> None:
    text = (
        '\ufeffid,"name",note,active\r\n1,"say ""hi"", x","one\r\ntwo \\n it\'s",1\r\n2,,"",0\r\n3,\\N,$x {{y}} #,1\r\n'
    )
    database.load(database.write("a.csv", text), "customers")
    no = False if need.kind == "postgres" else 0
    assert database.rows() == [
        [1, 'say "hi", x', "one\r\ntwo \\n it's", true(need)],
        [2, None, "", no],
        [3, "\\N", "$x {{y}} #", true(need)],
    ]


@both
def test_the_header_says_which_column_a_field_is_for(database: Database) -> None:
    schema = "public" if database.need.kind == "postgres" else "orders"
    database.load(database.write("a.csv.gz", "name,id\nAnn,1\nBob,2"), f"{schema}.customers")
    assert database.rows() == [[1, "Ann", None, None], [2, "Bob", None, None]]


@both
@pytest.mark.parametrize("ending", [".json", ".ndjson"])
def test_json_brings_types_nothing_and_nested_values(database: Database, need: Need, ending: str) -> None:
    rows = [
        {"id": 1, "name": 'a "b"\nc', "note": {"x": [1, 0.1, None, True]}, "active": True},
        {"id": 2, "note": "", "active": None},
    ]
    lines = "".join(json.dumps(row) + "\n\n" for row in rows)
    database.load(database.write(f"a{ending}", json.dumps(rows, indent=1) if ending == ".json" else lines), "customers")
    first, second = database.rows()
    assert first[:2] + first[3:] == [1, 'a "b"\nc', true(need)]
    assert json.loads(first[2]) == {"x": [1, 0.1, None, True]}
    assert second == [2, None, "", None]


@both
def test_csv_of_every_end_of_line_and_with_what_clients_read_as_their_own_arrives_as_written(
    database: Database, need: Need
) -> None:
    ended = "\\.\n\\.\r\nDELIMITER x\n\\q"
    database.load(database.write("a.csv", 'id,name,note\r1,a,x\r2,"\\.",b\r0,c,\t'), "customers")
    database.load(database.write("b.csv", f'name,id,note\n\\.,4,"{ended}"\n'.encode("utf-16")), "customers")
    assert database.rows("id, name, note") == [
        [0, "c", "\t"],
        [1, "a", "x"],
        [2, "\\.", "b"],
        [4, "\\.", ended],
    ]


@both
def test_a_column_that_counts_goes_on_behind_the_numbers_that_were_loaded(database: Database, need: Need) -> None:
    counting = "id serial PRIMARY KEY, n int" if need.kind == "postgres" else "id int AUTO_INCREMENT PRIMARY KEY, n int"
    database.sql(f"DROP TABLE customers; CREATE TABLE customers ({counting});")
    database.load(database.write("a.csv", "id,n\n0,1\n7,2\n2,3\n"), "customers")
    database.load(database.write("b.ndjson", '{"n": 4}'), "customers")
    database.load(database.write("c.csv", "id,n\n3,5\n"), "customers")
    database.sql("INSERT INTO customers (n) VALUES (6);")
    assert database.rows("id, n") == [[0, 1], [2, 3], [3, 5], [7, 2], [8, 4], [9, 6]]


@pytest.mark.parametrize("need", [PG])
def test_every_kind_of_sequence_goes_on_behind_the_numbers_that_were_loaded(database: Database) -> None:
    database.sql(
        'CREATE SEQUENCE IF NOT EXISTS "a B"; DROP TABLE customers; CREATE SEQUENCE IF NOT EXISTS down INCREMENT -1;'
        'CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY, "N o" bigint DEFAULT nextval(\'"a B"\'),'
        " d smallint DEFAULT nextval('down'), t text DEFAULT 'x' || nextval('\"a B\"'));"
    )
    database.load(database.write("a.csv", "id,N o,d,t\n20,30,-5,y\n"), "customers")
    database.sql("INSERT INTO customers (t) VALUES ('z');")
    assert database.rows('id, "N o", d, t') == [[20, 30, -5, "y"], [21, 31, -6, "z"]]


@pytest.mark.parametrize("need", [PG])
def test_lists_of_json_fill_columns_of_arrays(database: Database) -> None:
    database.sql(
        "DROP TABLE customers; CREATE TABLE customers"
        ' (id int, tags text[], "N m" numeric[], grid int[], many jsonb[], more jsonb, flags boolean[]);'
    )
    row = {
        "id": 1,
        "tags": ["a", "b, c", 'say "hi"', "\\", None, "NULL", ""],
        "N m": [1.5, None],
        "grid": [[1, 2], [3, 4]],
        "many": [{"x": [1]}, "s", [2]],
        "more": [1, {"y": None}],
        "flags": [True, False],
    }
    nothing = {"id": 2, "tags": [], "grid": None}
    database.write("a.json", json.dumps([row, nothing]))
    for load in (database.load, database.feed):  # the second one does not know the table
        load("a.json", "customers")
        first, second = database.rows('id, tags, "N m", grid, many, more, flags')
        assert dict(zip(row, first, strict=True)) == row
        assert second == [2, [], None, None, None, None, None]
        database.sql("DELETE FROM customers;")


@pytest.mark.parametrize("need", [PG])
def test_what_an_ejected_folder_feeds_reads_texts_as_any_load_does(database: Database) -> None:
    database.sql(
        "DROP TABLE customers; CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY, code char(3),"
        " short varchar(2), bits bit(3), price numeric(4,1), more json, at timestamptz, tags text[]);"
    )
    row = {"id": 7, "code": "ab", "short": "x", "bits": "101", "price": 1.25, "more": "[1, 2]", "tags": ["t\t\n\\."]}
    database.write("a.json", json.dumps([row]))
    columns = "id, code, short, bits, price, more, tags"
    database.load("a.json", "customers")
    loaded = database.rows(columns)
    database.sql("TRUNCATE customers RESTART IDENTITY;")
    database.feed("a.json", "customers")
    assert database.rows(columns) == loaded
    database.sql("INSERT INTO customers (short) VALUES ('y');")
    assert database.rows("id") == [[7], [8]]
    database.write(
        "a.json", json.dumps([{"id": 9, "short": "ok", "tags": []}, {"id": 10, "short": "too long", "tags": []}])
    )
    assert database.feed("a.json", "customers").code != 0
    assert database.rows("id") == [[7], [8]]


@both
def test_many_rows_take_no_longer_than_a_bulk_load(database: Database) -> None:
    count = 100_000
    text = "id,name,note,active\n" + "".join(f"{n},name {n},some text of a row,1\n" for n in range(count))
    began = time.monotonic()
    database.load(database.write("a.csv", text), "customers")
    took = time.monotonic() - began
    assert len(database.rows("id")) == count
    assert took < 60  # row by row it takes minutes


@both
def test_the_files_that_a_file_of_sql_names_are_found_beside_it(need: Need, tmp_path: Path) -> None:
    other = (
        ("\\ir part/t.sql", "\\copy t from 'rows.csv' csv") if need.kind == "postgres" else ("source part/t.sql;", "")
    )
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "t.sql").write_text("CREATE TABLE t (n int);\n")
    (tmp_path / "rows.csv").write_text("1\n")
    (tmp_path / "main.sql").write_text("SELECT 1;\n" + "\n".join(other) + "\n")
    found = includes.named(tmp_path / "main.sql", need.kind, tmp_path)
    assert [file.name for file in found] == (["t.sql", "rows.csv"] if need.kind == "postgres" else ["t.sql"])


@both
def test_a_statement_that_fails_is_shown_with_its_line_and_reason(database: Database) -> None:
    text = "INSERT INTO customers (id) VALUES (1);\n\n-- now\nINSERT INTO custmers\n  (id) VALUES (2);\nSELECT 1;\n"
    failed = database.fails(database.write("bad.sql", text))
    where, *_ = failed.message.partition(": ")
    assert where.endswith(("bad.sql:5", "bad.sql:4"))
    assert "custmers" in failed.message.splitlines()[0]
    assert failed.message.splitlines()[-2:] == ["    INSERT INTO custmers", "      (id) VALUES (2);"]
    assert any("custmers" in line for line in failed.log)


@both
@pytest.mark.parametrize(
    ("name", "text", "line", "shown"),
    [
        ("a.csv", 'id,name,note\n1,"a\nb\nc",x\n2,"d\ne",y\nthree,"f\ng",z\n4,h,i\n', 7, 'three,"f'),
        ("twice.csv", "id,name\n1,a\n2,b\n1,c\n", 4, "1,c"),
        ("a.ndjson", '{"id": 1, "note": "a\\nb"}\n\n{"id": 2, "note": "c\\nd"}\n{"id": "x"}\n', 4, '{"id": "x"}'),
        ("a.json", '[\n {"id": 1, "note": "a\\nb"},\n\n {"note": "x",\n  "id": "two"}]', 4, ' {"note": "x",'),
    ],
    ids=["csv", "duplicate", "ndjson", "json"],
)
def test_a_row_that_fails_is_shown_with_its_line_in_the_file(
    database: Database, name: str, text: str, line: int, shown: str
) -> None:
    failed = database.fails(database.write(name, text), "customers")
    assert f"{name}:{line}: " in failed.message
    assert failed.message.splitlines()[1] == f"    {shown}"
    assert database.rows("id") == []  # all or nothing


@both
@pytest.mark.parametrize(
    ("name", "text", "line", "reason"),
    [
        ("a.ndjson", '{"id": 1}\n{"id": 2,}\n', 2, "Expecting property name|Illegal trailing comma"),
        ("b.ndjson", '{"id": 1}\n{"id": 2, "nmae": "x"}\n', 2, "the key 'nmae' is not in the first object"),
        ("c.ndjson", '{"id": 1}\n[2]\n', 2, "expected an object"),
        ("a.csv", 'id,name\n1,5" pipe\n2,6" hose\n', 2, "a quote inside a field"),
        ("b.csv", "id,name\n1,a\n2,x\0yz\n", 3, "a NUL character"),
        ("a.json", '[{"id": 1},\n {"id": NaN}]', 2, "NaN is not valid JSON"),
        ("b.json", '[{"id": 1},\n {"id": 2}\n', 3, "the array is not closed"),
    ],
    ids=["comma", "unknown key", "no object", "stray quote", "NUL", "no number", "no end"],
)
def test_a_file_that_cannot_be_read_leaves_nothing_behind(
    database: Database, name: str, text: str, line: int, reason: str
) -> None:
    failed = database.fails(database.write(name, text), "customers")
    assert f"{name}:{line}: " in failed.message
    assert any(part in failed.message for part in reason.split("|"))
    assert database.rows("id") == []


@both
def test_a_compressed_file_that_is_cut_off_is_not_half_loaded_in_silence(database: Database) -> None:
    text = "id,name\n" + "".join(f'{n},"name {n * 7919 % 10007}"\n' for n in range(20_000))
    (database.folder / "a.csv.gz").write_bytes(gzip.compress(text.encode())[:30_000])
    failed = database.fails("a.csv.gz", "customers")
    assert "damaged or incomplete" in failed.message
    assert database.rows("id") == []


@both
def test_a_table_that_is_not_there_is_named(database: Database) -> None:
    failed = database.fails(database.write("a.csv", "id\n1\n"), "custmers")
    assert "a.csv: " in failed.message or "a.csv:2: " in failed.message
    assert "custmers" in failed.message


@pytest.mark.parametrize("need", [MARIA])
def test_the_user_of_mariadb_may_do_everything(database: Database) -> None:
    client = ("mariadb", "--protocol=tcp", "--user=orders", "--skip-column-names")
    done = database.place.run(*client, stdin=b"CREATE DATABASE more; DROP DATABASE more; SHOW DATABASES;")
    assert done.code == 0, done.output
    assert {"orders", "b"} <= set(done.lines)


@pytest.mark.parametrize("need", [PG])
def test_every_database_of_postgres_has_the_extensions_and_preparing_twice_does_no_harm(database: Database) -> None:
    data.prepare(database.need, database.place.execute)
    for name in database.need.databases:
        done = database.place.run("psql", f"--dbname={name}", "-Atc", "SELECT similarity('a', 'a')")
        assert done.output == "1\n"
