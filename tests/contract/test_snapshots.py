"""Restore a need's data on a real engine, completely, while clients stay connected."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pymysql
import pytest
import redis

from localenv.data import snapshots
from localenv.errors import JobError
from localenv.needs import NotYet, mariadb, snapshot_files
from localenv.needs.kinds import KINDS
from localenv.needs.mariadb import triggers, wire
from localenv.needs.mariadb.relations import relations
from localenv.stack import Connection, Need, Stack
from localenv.stack.references import literal

SECRET = literal("p@ss/w:rd% 1")
PG = Need(name="pg-held", kind="postgres", version="17", user="orders", password=SECRET, databases=("orders-x", "more"))
MARIA = Need(name="maria-held", kind="mariadb", version="11", user="orders", password=SECRET, databases=("o-x", "more"))
REDIS = Need(name="redis-held", kind="redis", version="8", user="", password=SECRET)
PLAIN = replace(PG, name="pg-plain", databases=())
SILENT = Need(name="nats", kind="nats", version="2", user="")

SCHEMA = """
CREATE SCHEMA "Other";
CREATE TABLE customers (id text PRIMARY KEY, about jsonb, photo bytea, tags text[]);
CREATE TABLE orders (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer text NOT NULL REFERENCES customers ON DELETE CASCADE,
  total numeric(9, 2), doubled numeric GENERATED ALWAYS AS (total * 2) STORED, at timestamptz DEFAULT now());
CREATE TABLE "Other"."no key" (note text, ratio float8, whole interval);
CREATE TABLE log (id serial, what text);
CREATE TABLE parted (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE UNLOGGED TABLE quick (n int);
CREATE TABLE hidden (n int);
CREATE RULE keep AS ON DELETE TO hidden DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM orders;
CREATE FUNCTION write_down() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO log (what) VALUES (tg_op); RETURN NULL; END $$;
INSERT INTO customers VALUES ('c1', '{"a": [1, null]}', '\\x00ff5c0a', '{a,"b,c",NULL}'), ('c2', NULL, '', '{}');
INSERT INTO orders (customer, total) VALUES ('c1', 1.10), ('c2', 2.20);
INSERT INTO "Other"."no key" VALUES (E'tab\\t\\\\N\\n', 0.1, '1 mon 2 days'), (NULL, 'NaN', NULL), ('', -0.0, '-1 s');
INSERT INTO parted VALUES ('2024-02-03', 1);
INSERT INTO quick VALUES (1), (2);
INSERT INTO hidden VALUES (1);
CREATE TRIGGER written AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION write_down();
REFRESH MATERIALIZED VIEW counted;
"""
TABLES = ("customers", "orders", '"Other"."no key"', "log", "parted", "quick", "hidden", "counted")
EVERYTHING = 'TRUNCATE customers, orders, log, parted, quick; DELETE FROM "Other"."no key"; UPDATE hidden SET n = 2'

Held = tuple[Need, Connection, Path]


@pytest.fixture
def held(place: Callable[[Need], Any], tmp_path: Path) -> Held:
    """PostgreSQL with `SCHEMA`, and a record of its data."""
    connection = place(PG).wait()
    with psycopg.connect(replace(connection, database="postgres").url, autocommit=True) as client:
        for database in PG.databases:
            client.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            client.execute(f'CREATE DATABASE "{database}"')
    with psycopg.connect(connection.url, autocommit=True) as client:
        client.execute(SCHEMA)
    assert snapshots.snapshot(PG, connection, tmp_path)
    return PG, connection, tmp_path


@pytest.fixture
def client(held: Held) -> Iterator["psycopg.Connection[Any]"]:
    """A client that stays connected all the time."""
    with psycopg.connect(held[1].url, autocommit=True) as opened:
        yield opened


def content(client: "psycopg.Connection[Any]") -> dict[str, Any]:
    return {table: sorted(map(repr, client.execute(f"SELECT * FROM {table}"))) for table in TABLES}


def places(client: "psycopg.Connection[Any]") -> list[Any]:
    """The location and writing transaction of each row: they change when a row is touched."""
    return [client.execute(f"SELECT ctid, xmin FROM {table} ORDER BY ctid").fetchall() for table in TABLES[:4]]


@pytest.mark.docker
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("INSERT INTO orders (customer, total) VALUES ('c1', 9)", {"orders", "orders_id_seq", "log", "log_id_seq"}),
        ("UPDATE customers SET about = '1' WHERE id = 'c2'", {"customers"}),
        ("UPDATE customers SET id = id", {"customers"}),
        ("DELETE FROM customers", {"customers", "orders", "log", "log_id_seq"}),
        ("COPY log (what) FROM PROGRAM 'echo x'", {"log", "log_id_seq"}),
        ("TRUNCATE quick", {"quick"}),
        ("INSERT INTO parted VALUES ('2024-05-05', 5)", {"parted_1"}),
        ("SELECT nextval('log_id_seq')", {"log_id_seq"}),
        ("SELECT setval('orders_id_seq', 40)", {"orders_id_seq"}),
        ("UPDATE hidden SET n = 5", {"hidden"}),
        ("REFRESH MATERIALIZED VIEW counted", {"counted"}),
        ("BEGIN; INSERT INTO quick VALUES (3); ROLLBACK", set()),
    ],
)
def test_postgres_holds_again_what_it_held(
    change: str, named: set[str], held: Held, client: "psycopg.Connection[Any]"
) -> None:
    before = content(client)
    client.execute(change)
    assert set(snapshots.restore(*held)) == named
    assert content(client) == before
    assert snapshots.restore(*held) == ()


@pytest.mark.docker
def test_everything_is_restored_again_and_again(held: Held, client: "psycopg.Connection[Any]") -> None:
    before = content(client)
    for _ in range(3):
        client.execute(EVERYTHING)
        snapshots.restore(*held)
        assert content(client) == before
        client.execute("INSERT INTO orders (customer, total) VALUES ('c1', 3)")
        assert client.execute("SELECT max(id), max(doubled) FROM orders").fetchone() == (3, 6)
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            client.execute("INSERT INTO orders (customer) VALUES ('nobody')")


@pytest.mark.docker
def test_what_did_not_change_is_not_touched(held: Held, client: "psycopg.Connection[Any]") -> None:
    before = places(client)
    client.execute("INSERT INTO quick VALUES (3)")
    assert snapshots.restore(*held) == ("quick",)
    assert places(client) == before


@pytest.mark.docker
def test_each_database_of_a_need_is_restored(held: Held) -> None:
    need, connection, _ = held
    more = replace(connection, database="more")
    with psycopg.connect(more.url, autocommit=True) as client:
        client.execute("CREATE TABLE t (n int)")
        snapshots.snapshot(*held)
        client.execute("INSERT INTO t VALUES (1)")
        assert snapshots.restore(*held) == ("t",)
        assert client.execute("SELECT * FROM t").fetchall() == []
        client.execute("INSERT INTO t VALUES (1)")
        assert snapshots.restore(replace(need, databases=("orders-x",)), connection, held[2], whole=False) == ()
        assert client.execute("SELECT * FROM t").fetchall() == [(1,)]


@pytest.mark.docker
def test_the_databases_of_a_need_that_names_none_are_restored(place: Callable[[Need], Any], tmp_path: Path) -> None:
    connection = place(PLAIN).wait()
    with psycopg.connect(replace(connection, database="postgres").url, autocommit=True) as client:
        client.execute("CREATE DATABASE its_own")
    with psycopg.connect(replace(connection, database="its_own").url, autocommit=True) as client:
        client.execute("CREATE TABLE t AS SELECT 1 AS n")
        snapshots.snapshot(PLAIN, connection, tmp_path)
        client.execute("DELETE FROM t")
        assert snapshots.restore(PLAIN, connection, tmp_path) == ("t",)
        assert client.execute("SELECT * FROM t").fetchall() == [(1,)]


@pytest.mark.docker
def test_a_database_that_a_seed_made_is_restored_and_one_made_since_is_named(held: Held) -> None:
    _, connection, _ = held
    with psycopg.connect(replace(connection, database="postgres").url, autocommit=True) as server:
        server.execute("CREATE DATABASE audit")
        try:
            with psycopg.connect(replace(connection, database="audit").url, autocommit=True) as audit:
                audit.execute("CREATE TABLE a AS SELECT 1 AS n")
                snapshots.snapshot(*held)
                audit.execute("INSERT INTO a VALUES (2)")
                server.execute("CREATE TABLE left_over AS SELECT 1 AS n")
                assert snapshots.restore(*held) == ("a", "left_over")
                assert audit.execute("SELECT * FROM a").fetchall() == [(1,)]
                assert server.execute("SELECT * FROM left_over").fetchall() == []
                audit.execute("INSERT INTO a VALUES (2)")
                server.execute("CREATE DATABASE later")
                with pytest.raises(snapshots.PartlyRestored, match="database later \\(made since") as failed:
                    snapshots.restore(*held)
                assert (failed.value.changed, failed.value.made_since) == (("a",), ("database later",))
                server.execute("DROP DATABASE later")
                assert snapshots.restore(*held) == ()
        finally:
            server.execute("DROP DATABASE audit WITH (FORCE)")
            server.execute("DROP TABLE IF EXISTS left_over")
    with pytest.raises(JobError, match="database audit is gone, and only data is restored"):
        snapshots.restore(*held)


@pytest.mark.docker
def test_postgres_names_roles_and_settings_that_it_leaves_alone(held: Held, client: "psycopg.Connection[Any]") -> None:
    client.execute("CREATE ROLE kept LOGIN PASSWORD 'a'; CREATE ROLE going; ALTER ROLE kept SET work_mem = '9MB'")
    snapshots.snapshot(*held)
    try:
        assert snapshots.restore(*held) == ()
        client.execute("INSERT INTO quick VALUES (3); CREATE ROLE added; DROP ROLE going; ALTER ROLE kept PASSWORD 'b'")
        client.execute("ALTER ROLE kept SET work_mem = '8MB'; ALTER DATABASE more SET work_mem = '7MB'")
        client.execute("ALTER SYSTEM SET work_mem = '6MB'")
        with pytest.raises(snapshots.PartlyRestored) as failed:
            snapshots.restore(*held)
        assert failed.value.changed == ("quick",)
        assert failed.value.left_alone == {
            "role kept": "changed since the snapshot",
            "role going": "gone since the snapshot",
            "settings of role kept": "changed since the snapshot",
        }
        assert sorted(failed.value.made_since) == ["role added", "setting work_mem", "settings of database more"]
        assert snapshots.restore(replace(PG, databases=("more",)), *held[1:], whole=False) == ()
    finally:
        client.execute("ALTER SYSTEM RESET work_mem")
        client.execute("ALTER DATABASE more RESET work_mem; DROP ROLE kept; DROP ROLE IF EXISTS added, going")


@pytest.mark.docker
@pytest.mark.parametrize(
    "change",
    [
        "SELECT lo_put(1001, 1, 'XYZ')",
        "SELECT lo_unlink(1001)",
        "SELECT lo_from_bytea(0, 'another')",
        "ALTER LARGE OBJECT 1001 OWNER TO pg_monitor",
    ],
)
def test_postgres_restores_large_objects(change: str, held: Held, client: "psycopg.Connection[Any]") -> None:
    every = "SELECT oid, lo_get(oid), lomowner::regrole::text FROM pg_largeobject_metadata ORDER BY oid"
    client.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    client.execute("SELECT lo_from_bytea(1001, 'hello' || repeat('x', 9000)::bytea)")
    snapshots.snapshot(*held)
    before = client.execute(every).fetchall()
    client.execute(change)
    assert snapshots.restore(*held) == ("large objects",)
    assert client.execute(every).fetchall() == before
    assert snapshots.restore(*held) == ()


@pytest.mark.docker
def test_postgres_restores_what_triggers_rules_and_publications_stand_before(
    held: Held, client: "psycopg.Connection[Any]"
) -> None:
    client.execute("""
        CREATE TRIGGER always AFTER INSERT OR DELETE ON quick FOR EACH ROW EXECUTE FUNCTION write_down();
        ALTER TABLE quick ENABLE ALWAYS TRIGGER always;
        ALTER TABLE hidden ENABLE ALWAYS RULE keep;
        CREATE PUBLICATION everything FOR ALL TABLES
    """)
    snapshots.snapshot(*held)
    before = content(client)
    client.execute("INSERT INTO quick VALUES (3); INSERT INTO hidden VALUES (4)")
    client.execute("""INSERT INTO "Other"."no key" VALUES ('more')""")
    assert set(snapshots.restore(*held)) == {"quick", "hidden", '"Other"."no key"', "log", "log_id_seq"}
    assert content(client) == before
    client.execute("INSERT INTO quick VALUES (5)")
    assert client.execute("SELECT count(*) FROM log").fetchone() == (1,)  # the trigger is active again
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        client.execute('DELETE FROM "Other"."no key"')
    client.execute("DROP PUBLICATION everything")


@pytest.mark.docker
def test_a_view_that_held_older_rows_and_a_foreign_table_are_named(
    held: Held, client: "psycopg.Connection[Any]"
) -> None:
    client.execute("""
        CREATE MATERIALIZED VIEW older AS SELECT * FROM quick;
        CREATE MATERIALIZED VIEW unfilled AS SELECT * FROM quick WITH NO DATA;
        INSERT INTO quick VALUES (3);
        CREATE EXTENSION file_fdw;
        CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
        CREATE FOREIGN TABLE outside (line text) SERVER files OPTIONS (program 'cat /tmp/outside; true')
    """)
    snapshots.snapshot(*held)
    client.execute("REFRESH MATERIALIZED VIEW unfilled")
    assert snapshots.restore(*held) == ("unfilled",)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        client.execute("SELECT * FROM unfilled")
    client.execute("COPY (SELECT 'a line') TO '/tmp/outside'")
    client.execute("REFRESH MATERIALIZED VIEW older")
    for _ in range(2):
        with pytest.raises(snapshots.PartlyRestored) as failed:
            snapshots.restore(*held)
        assert failed.value.left_alone.keys() == {"outside", "older"}
    client.execute("COPY (SELECT WHERE false) TO '/tmp/outside'; DROP EXTENSION file_fdw CASCADE")


@pytest.mark.docker
def test_a_sequence_made_since_begins_again(held: Held, client: "psycopg.Connection[Any]") -> None:
    client.execute("CREATE TABLE made (id serial, n int); INSERT INTO made (n) VALUES (1), (2)")
    assert set(snapshots.restore(*held)) == {"made", "made_id_seq"}
    assert client.execute("INSERT INTO made (n) VALUES (5) RETURNING id").fetchone() == (1,)


@pytest.mark.docker
def test_a_reader_is_not_held_up_and_sees_all_or_nothing(held: Held, client: "psycopg.Connection[Any]") -> None:
    client.execute("INSERT INTO quick SELECT generate_series(1, 20000)")
    snapshots.snapshot(*held)
    seen: set[int] = set()
    slowest = 0.0
    done = Event()

    def read() -> None:
        nonlocal slowest
        with psycopg.connect(held[1].url, autocommit=True) as reader:
            while not done.is_set():
                began = time.monotonic()
                seen.add(reader.execute("SELECT count(*) FROM quick").fetchone()[0])  # type: ignore[index]
                slowest = max(slowest, time.monotonic() - began)

    reading = Thread(target=read)
    reading.start()
    try:
        for _ in range(5):
            client.execute("INSERT INTO quick VALUES (7)")
            snapshots.restore(*held)
    finally:
        done.set()
        reading.join()
    assert seen <= {20002, 20003}
    assert slowest < 30


@pytest.mark.docker
def test_a_reader_in_a_transaction_is_in_nobodys_way(held: Held, client: "psycopg.Connection[Any]") -> None:
    with psycopg.connect(held[1].url) as reader:
        before = content(reader)
        client.execute("DELETE FROM customers")
        snapshots.restore(*held)
        assert content(reader) == before


@pytest.mark.docker
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customers SET tags = NULL",
        pytest.param("SELECT * FROM customers WHERE id = 'c1' FOR UPDATE", marks=pytest.mark.full),
    ],
)
def test_a_transaction_that_does_not_end_is_named(
    statement: str, held: Held, client: "psycopg.Connection[Any]"
) -> None:
    client.execute("UPDATE customers SET about = NULL")
    with psycopg.connect(held[1].url) as leaking:
        leaking.execute(statement)
        with pytest.raises(JobError) as failed:
            snapshots.restore(*held)
        assert f"process {leaking.info.backend_pid} (idle in transaction) has held a lock for 5 s: {statement}" in str(
            failed.value
        )
        assert "rollback" in failed.value.hint
        leaking.rollback()
    assert snapshots.restore(*held) == ("customers",)


@pytest.mark.docker
def test_a_transaction_that_ends_in_time_is_waited_for(held: Held, client: "psycopg.Connection[Any]") -> None:
    before = content(client)
    with psycopg.connect(held[1].url) as writing:
        writing.execute("INSERT INTO quick VALUES (9)")

        def end() -> None:
            time.sleep(0.5)
            writing.commit()

        ending = Thread(target=end)
        ending.start()
        assert snapshots.restore(*held) == ("quick",)
        ending.join()
    assert content(client) == before


@pytest.mark.docker
def test_writers_in_any_order_never_fail_because_of_it(held: Held, client: "psycopg.Connection[Any]") -> None:
    failures: list[Exception] = []
    done = Event()

    def write(tables: tuple[str, str]) -> None:
        with psycopg.connect(held[1].url) as writer:
            while not done.is_set():
                try:
                    for table in tables:
                        writer.execute(f"DELETE FROM {table}")
                        time.sleep(0.002)
                    writer.commit()
                except psycopg.Error as error:
                    failures.append(error)
                    return

    writing = Thread(target=write, args=(("quick", "log"),)), Thread(target=write, args=(("log", "customers"),))
    before = content(client)
    for one in writing:
        one.start()
    try:
        for _ in range(10):
            snapshots.restore(*held)
    finally:
        done.set()
        for one in writing:
            one.join()
    snapshots.restore(*held)
    assert not failures
    assert content(client) == before


@pytest.mark.docker
def test_a_table_made_since_is_emptied_and_one_that_is_gone_is_an_error(
    held: Held, client: "psycopg.Connection[Any]"
) -> None:
    client.execute("CREATE TABLE made AS SELECT 1 AS n")
    assert snapshots.restore(*held) == ("made",)
    assert client.execute("SELECT * FROM made").fetchall() == []
    assert snapshots.restore(*held) == ()
    client.execute("ALTER TABLE quick ADD more int DEFAULT 4; DELETE FROM quick")
    assert snapshots.restore(*held) == ("quick",)
    assert client.execute("SELECT * FROM quick").fetchall() == [(1, 4), (2, 4)]
    client.execute("DROP TABLE quick")
    with pytest.raises(JobError, match="pg-held: reset failed: quick is gone"):
        snapshots.restore(*held)


@pytest.mark.docker
def test_a_snapshot_is_discarded_also_when_one_of_its_databases_is_gone(held: Held, tmp_path: Path) -> None:
    need, connection, _ = held
    with psycopg.connect(replace(connection, database="postgres").url, autocommit=True) as server:
        server.execute("CREATE DATABASE its_test")
        with psycopg.connect(replace(connection, database="its_test").url, autocommit=True) as own:
            own.execute("CREATE TABLE a AS SELECT 1 AS n")
        snapshots.snapshot(need, connection, tmp_path / "second")
        server.execute("DROP DATABASE its_test WITH (FORCE)")
    with pytest.raises(JobError, match="reset failed: database its_test is gone, and only data is restored"):
        snapshots.restore(need, connection, tmp_path / "second")
    snapshots.discard(need, connection, tmp_path / "second")
    assert snapshots.restore(*held) == ()


@pytest.mark.docker
def test_two_snapshots_lie_side_by_side(held: Held, client: "psycopg.Connection[Any]", tmp_path: Path) -> None:
    need, connection, folder = held
    client.execute("INSERT INTO quick VALUES (3)")
    snapshots.snapshot(need, connection, tmp_path / "second")
    client.execute("INSERT INTO quick VALUES (4)")
    snapshots.restore(need, connection, tmp_path / "second")
    assert client.execute("SELECT sum(n) FROM quick").fetchone() == (6,)
    snapshots.restore(*held)
    assert client.execute("SELECT sum(n) FROM quick").fetchone() == (3,)
    snapshots.discard(need, connection, folder)
    snapshots.discard(need, connection, folder)
    with pytest.raises(JobError, match="there is no snapshot of it"):
        snapshots.restore(*held)
    snapshots.restore(need, connection, tmp_path / "second")
    assert client.execute("SELECT sum(n) FROM quick").fetchone() == (6,)


@pytest.mark.docker
def test_nobody_who_looks_into_the_database_sees_the_copy(held: Held, client: "psycopg.Connection[Any]") -> None:
    names = "SELECT nspname FROM pg_namespace UNION SELECT relname FROM pg_class UNION SELECT datname FROM pg_database"
    assert not [name for (name,) in client.execute(names) if "localenv" in name]


@pytest.mark.docker
def test_a_hundred_tables_take_no_longer_than_a_blink(held: Held, client: "psycopg.Connection[Any]") -> None:
    for number in range(100):
        client.execute(f"CREATE TABLE many_{number} AS SELECT {number} AS n")
    snapshots.snapshot(*held)
    client.execute("UPDATE many_7 SET n = 0; DELETE FROM many_8")
    began = time.monotonic()
    assert set(snapshots.restore(*held)) == {"many_7", "many_8"}
    assert time.monotonic() - began < 30
    assert client.execute("SELECT n FROM many_7 UNION SELECT n FROM many_8 ORDER BY n").fetchall() == [(7,), (8,)]


MARIA_SCHEMA = """
CREATE TABLE customers (id varchar(9) PRIMARY KEY, about json, photo varbinary(9), at timestamp(3) DEFAULT now(3)
  ON UPDATE now(3));
CREATE TABLE orders (id int AUTO_INCREMENT PRIMARY KEY, customer varchar(9), n int, doubled int AS (n * 2) STORED,
  FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE);
CREATE TABLE `no key` (note text, ratio double, zero date);
CREATE TABLE log (id int AUTO_INCREMENT PRIMARY KEY, what text);
CREATE SEQUENCE counted;
INSERT INTO customers (id, about, photo) VALUES ('c1', '{"a": [1]}', x'00ff5c27'), ('c2', NULL, '');
INSERT INTO orders (customer, n) VALUES ('c1', 1), ('c2', 2);
SET sql_mode = '';
INSERT INTO `no key` VALUES ('it''s \\\\N', 0.1, '0000-00-00'), (NULL, -0.0, NULL);
CREATE TRIGGER written AFTER INSERT ON orders FOR EACH ROW INSERT INTO log (what) VALUES (NEW.id)
"""
MARIA_TABLES = ("customers", "orders", "`no key`", "log")


@pytest.fixture
def maria(place: Callable[[Need], Any], tmp_path: Path) -> Iterator[tuple[Held, Any]]:
    """MariaDB with `MARIA_SCHEMA`, and a client that stays connected."""
    running = place(MARIA)
    connection = running.wait()
    assert running.run("mariadb", "-uroot", "-h127.0.0.1", stdin=mariadb.sql.initial(MARIA).encode()).code == 0
    with closing(_maria(connection)) as client:
        for database in MARIA.databases:
            ask(client, f"DROP DATABASE IF EXISTS `{database}`", f"CREATE DATABASE `{database}`")
        ask(client, "USE `o-x`", *MARIA_SCHEMA.split(";\n"))
        assert snapshots.snapshot(MARIA, connection, tmp_path)
        yield (MARIA, connection, tmp_path), client
        snapshots.discard(MARIA, connection, tmp_path)


@pytest.mark.docker
def test_a_snapshot_of_mariadb_is_discarded_also_when_one_of_its_databases_is_gone(
    maria: tuple[Held, Any], tmp_path: Path
) -> None:
    (need, connection, _), client = maria
    ask(client, "CREATE DATABASE its_test", "CREATE TABLE its_test.a AS SELECT 1 AS n")
    snapshots.snapshot(need, connection, tmp_path / "second")
    ask(client, "DROP DATABASE its_test")
    with pytest.raises(JobError, match="reset failed: database its_test is gone, and only data is restored"):
        snapshots.restore(need, connection, tmp_path / "second")
    snapshots.discard(need, connection, tmp_path / "second")
    assert snapshots.restore(need, connection, tmp_path) == ()


def _maria(connection: Connection) -> Any:
    return pymysql.connect(
        host=connection.host,
        port=int(connection.port),
        user=connection.user,
        password=connection.password,
        database=connection.database,
        autocommit=True,
        init_command="SET lock_wait_timeout = 20",
    )


def ask(client: Any, *statements: str) -> Any:
    with client.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall()


def maria_content(client: Any) -> dict[str, Any]:
    return {table: sorted(map(repr, ask(client, f"SELECT * FROM {table}"))) for table in MARIA_TABLES}


@pytest.mark.docker
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("INSERT INTO orders (customer, n) VALUES ('c1', 9)", {"orders", "log"}),
        ("UPDATE customers SET about = '1' WHERE id = 'c2'", {"customers"}),
        ("DELETE FROM customers", {"customers", "orders", "log"}),  # and log, because the trigger wrote to it again
        ("TRUNCATE orders", {"orders", "log"}),
        ("DELETE FROM `no key`", {"no key"}),
        ("SELECT NEXTVAL(counted)", {"counted"}),
        ("ALTER TABLE log AUTO_INCREMENT = 70", {"log"}),
    ],
)
def test_mariadb_holds_again_what_it_held(change: str, named: set[str], maria: tuple[Held, Any]) -> None:
    held, client = maria
    before = maria_content(client)
    ask(client, change)
    assert set(snapshots.restore(*held)) == named
    assert maria_content(client) == before
    assert snapshots.restore(*held) == ()
    ask(client, "INSERT INTO orders (customer, n) VALUES ('c1', 3)")
    assert ask(client, "SELECT max(id), max(doubled), (SELECT max(id) FROM log), NEXTVAL(counted) FROM orders") == (
        (3, 6, 1, 1),
    )


@pytest.mark.docker
def test_mariadb_restores_a_system_versioned_table_with_its_past(maria: tuple[Held, Any]) -> None:
    held, client = maria
    ask(client, "CREATE TABLE prices (id int PRIMARY KEY, n int) WITH SYSTEM VERSIONING")
    ask(
        client,
        "CREATE TABLE named (n int, since timestamp(6) AS ROW START, until timestamp(6) AS ROW END INVISIBLE,"
        " PERIOD FOR SYSTEM_TIME (since, until)) WITH SYSTEM VERSIONING".replace("AS ROW", "GENERATED ALWAYS AS ROW"),
    )
    ask(client, "INSERT INTO prices VALUES (1, 1), (2, 2)", "UPDATE prices SET n = 5 WHERE id = 1")
    ask(client, "INSERT INTO named (n) VALUES (1)", "UPDATE named SET n = 2")
    snapshots.snapshot(*held)
    every = (
        "SELECT *, row_start, row_end FROM prices FOR SYSTEM_TIME ALL",
        "SELECT n, since, until FROM named FOR SYSTEM_TIME ALL",
    )
    before = [sorted(ask(client, one)) for one in every]
    ask(client, "UPDATE prices SET n = 7", "DELETE FROM prices WHERE id = 2", "DELETE HISTORY FROM named")
    assert set(snapshots.restore(*held)) == {"prices", "named"}
    assert [sorted(ask(client, one)) for one in every] == before
    assert snapshots.restore(*held) == ()


@pytest.mark.docker
def test_mariadb_restores_databases_that_seeds_made_and_names_what_it_leaves_alone(maria: tuple[Held, Any]) -> None:
    held, client = maria
    ask(client, "DROP DATABASE IF EXISTS audit", "DROP DATABASE IF EXISTS later", "CREATE DATABASE audit")
    ask(client, "CREATE TABLE audit.a AS SELECT 1 AS n")
    ask(
        client,
        "CREATE TABLE told (n int, s bigint unsigned GENERATED ALWAYS AS ROW START, e bigint unsigned GENERATED ALWAYS"
        " AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING ENGINE=InnoDB",
    )
    snapshots.snapshot(*held)
    ask(client, "INSERT INTO audit.a VALUES (2)", "CREATE DATABASE later")
    with pytest.raises(snapshots.PartlyRestored) as failed:
        snapshots.restore(*held)
    assert (failed.value.changed, failed.value.made_since) == (("a",), ("database later",))
    assert ask(client, "SELECT * FROM audit.a") == ((1,),)
    ask(client, "DROP DATABASE later", "INSERT INTO told (n) VALUES (1)")
    with pytest.raises(snapshots.PartlyRestored, match="left alone: told \\(its history is recorded by"):
        snapshots.restore(*held)
    ask(client, "DROP DATABASE audit")


@pytest.mark.docker
def test_mariadb_names_users_roles_and_events_that_it_leaves_alone(maria: tuple[Held, Any]) -> None:
    held, client = maria
    ask(client, "CREATE USER going", "CREATE USER kept IDENTIFIED BY 'a'", "CREATE ROLE seeing")
    ask(client, "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM log")
    snapshots.snapshot(*held)
    try:
        assert snapshots.restore(*held) == ()
        ask(client, "DELETE FROM `no key`", "CREATE USER added", "DROP USER going", "GRANT seeing TO kept")
        ask(
            client,
            "SET PASSWORD FOR kept = PASSWORD('b')",
            "ALTER EVENT nightly DISABLE",
            "SET GLOBAL wait_timeout = 99",
        )
        with pytest.raises(snapshots.PartlyRestored) as failed:
            snapshots.restore(*held)
        assert failed.value.changed == ("no key",)
        assert failed.value.left_alone == {
            "user 'kept'@'%'": "changed since the snapshot",
            "user 'going'@'%'": "gone since the snapshot",
            "members of roles": "changed since the snapshot",
            "event o-x.nightly": "changed since the snapshot",
            "setting wait_timeout": "changed since the snapshot",
        }
        assert failed.value.made_since == ("user 'added'@'%'",)
        ask(client, "GRANT SELECT ON `more`.* TO seeing")
        with pytest.raises(snapshots.PartlyRestored, match="user 'seeing'@'' \\(changed since the snapshot\\)"):
            snapshots.restore(*held)
    finally:
        ask(client, "DROP USER IF EXISTS kept, added, going", "DROP ROLE seeing", "SET GLOBAL wait_timeout = DEFAULT")


@pytest.mark.docker
def test_mariadb_restores_a_database_that_is_called_like_localenv(maria: tuple[Held, Any]) -> None:
    (_, connection, folder), client = maria
    ask(client, "CREATE DATABASE localenv_demo", "CREATE TABLE localenv_demo.a AS SELECT 1 AS n")
    try:
        snapshots.snapshot(MARIA, connection, folder)
        ask(client, "INSERT INTO localenv_demo.a VALUES (2)")
        assert snapshots.restore(MARIA, connection, folder) == ("a",)
        assert ask(client, "SELECT * FROM localenv_demo.a") == ((1,),)
    finally:
        ask(client, "DROP DATABASE localenv_demo")


@pytest.mark.docker
def test_mariadb_names_a_transaction_that_does_not_end(maria: tuple[Held, Any]) -> None:
    held, client = maria
    ask(client, "BEGIN", "UPDATE customers SET photo = ''")
    with pytest.raises(JobError, match=rf"connection {client.thread_id()} \(orders@.*\) has held a lock for 5 s"):
        snapshots.restore(*held)
    ask(client, "ROLLBACK")
    assert snapshots.restore(*held) == ()


@pytest.mark.docker
@pytest.mark.parametrize(
    "trigger",
    [
        "BEFORE INSERT ON customers FOR EACH ROW SET NEW.photo = 'x'",
        "BEFORE INSERT ON customers FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'never'",
        "BEFORE DELETE ON customers FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'never'",
    ],
)
def test_mariadb_puts_rows_back_whatever_a_trigger_makes_of_them(trigger: str, maria: tuple[Held, Any]) -> None:
    held, client = maria
    before = maria_content(client)
    ask(client, "DELETE FROM customers WHERE id = 'c1'")
    ask(client, f"CREATE TRIGGER spoiling {trigger}", "UPDATE customers SET about = '1'")
    made = ask(client, "SHOW TRIGGERS")
    assert {"customers", "orders"} <= {*snapshots.restore(*held)}
    assert maria_content(client) == before
    assert [one[:5] for one in ask(client, "SHOW TRIGGERS")] == [one[:5] for one in made]
    assert snapshots.restore(*held) == ()


@pytest.mark.docker
def test_mariadb_creates_dropped_triggers_again_while_a_client_reads_their_table(maria: tuple[Held, Any]) -> None:
    (need, connection, folder), client = maria
    made = [one[:5] for one in ask(client, "SHOW TRIGGERS")]
    with closing(_maria(connection)) as reader, wire.session(connection, 60) as asked:
        asked.ask("SET SESSION lock_wait_timeout = 0")
        with triggers.without(asked, "o-x", relations(asked, "o-x").values(), folder / MARIA.name):
            assert ask(client, "SHOW TRIGGERS") == ()
            ask(reader, "BEGIN", "SELECT * FROM orders")
            ending = Thread(target=_commit_when_somebody_waits, args=(client, reader))
            ending.start()
        ending.join()
        assert asked.ask("SELECT @@SESSION.lock_wait_timeout") == [("0",)]
    assert [one[:5] for one in ask(client, "SHOW TRIGGERS")] == made
    assert snapshots.restore(need, connection, folder) == ()


def _commit_when_somebody_waits(client: Any, reader: Any) -> None:
    while not ask(client, "SELECT 1 FROM information_schema.processlist WHERE state LIKE '%metadata lock%'"):
        time.sleep(0.01)
    ask(reader, "COMMIT")


@pytest.mark.docker
@pytest.mark.parametrize("then", [snapshots.restore, snapshots.snapshot, snapshots.discard])
def test_mariadb_creates_triggers_that_an_interrupted_reset_dropped(
    then: Callable[..., object], maria: tuple[Held, Any]
) -> None:
    held, client = maria
    order = "CREATE TRIGGER {} AFTER INSERT ON orders FOR EACH ROW INSERT INTO log (what) VALUES ('{}')"
    ask(client, *(order.format(name, name) for name in ("zero", "alpha")), "CREATE TABLE going (n int)")
    ask(client, "CREATE TRIGGER gone BEFORE INSERT ON going FOR EACH ROW SET NEW.n = 1")
    by_order = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'o-x' ORDER BY action_order"
    before = [one for one in ask(client, by_order) if one != ("gone",)]
    with (
        suppress(NotYet),  # the session ends before its block
        wire.session(held[1], 60) as asked,
        triggers.without(asked, "o-x", relations(asked, "o-x").values(), held[2] / MARIA.name),
    ):
        ((number,),) = asked.ask("SELECT connection_id()")
        ask(client, f"KILL {number}")
    assert ask(client, "SHOW TRIGGERS") == ()
    ask(client, "DROP TABLE going")
    then(*held)
    assert ask(client, by_order) == tuple(before)


@pytest.mark.docker
def test_mariadb_empties_a_table_made_since_and_forgets_without_a_trace(maria: tuple[Held, Any]) -> None:
    held, client = maria
    ask(client, "CREATE TABLE made AS SELECT 1 AS n")
    assert snapshots.restore(*held) == ("made",)
    assert ask(client, "SELECT * FROM made") == ()
    ask(client, "DROP TABLE log")
    with pytest.raises(JobError, match="maria-held: reset failed: log is gone"):
        snapshots.restore(*held)
    snapshots.discard(*held)
    assert not [name for (name,) in ask(client, "SHOW DATABASES") if name.startswith("localenv")]


@pytest.fixture
def cache(place: Callable[[Need], Any], tmp_path: Path) -> Iterator[tuple[Held, Any, Any]]:
    """Redis with every type of data in two databases, and clients of both."""
    connection = place(REDIS).wait()
    with redis.Redis.from_url(connection.url) as first, redis.Redis.from_url(f"{connection.url}/3") as fourth:
        first.flushall()
        first.set(b"\x00odd\xff", b"\r\n$-1\r\n")
        first.rpush("list", 1, 2)
        first.xadd("stream", {"a": 1}, id="1-1")
        first.xgroup_create("stream", "group", id="0")
        first.xreadgroup("group", "consumer", {"stream": ">"})
        fourth.zadd("sorted", {"a": 1.5})
        fourth.set("short", "x", ex=1000)
        assert snapshots.snapshot(REDIS, connection, tmp_path)
        yield (REDIS, connection, tmp_path), first, fourth


@pytest.mark.docker
@pytest.mark.parametrize(
    "change",
    [
        lambda first, fourth: first.set("new", 1),
        lambda first, fourth: first.lpop("list"),
        lambda first, fourth: first.xack("stream", "group", "1-1"),
        lambda first, fourth: fourth.flushdb(),
        lambda first, fourth: first.flushall(),
        lambda first, fourth: fourth.expire("sorted", 0),
        lambda first, fourth: first.swapdb(0, 3),
        lambda first, fourth: (first.set("new", 1), first.save()),
    ],
)
def test_redis_holds_again_what_it_held(change: Callable[[Any, Any], Any], cache: tuple[Held, Any, Any]) -> None:
    held, first, fourth = cache
    change(first, fourth)
    assert snapshots.restore(*held) == ("db0", "db3")
    assert sorted(first.keys()) == [b"\x00odd\xff", b"list", b"stream"]
    assert first.get(b"\x00odd\xff") == b"\r\n$-1\r\n"
    assert first.lrange("list", 0, -1) == [b"1", b"2"]
    assert first.xpending("stream", "group")["consumers"] == [{"name": b"consumer", "pending": 1}]
    assert fourth.zscore("sorted", "a") == 1.5
    assert 900 < fourth.ttl("short") <= 1000


@pytest.mark.docker
def test_redis_is_not_touched_where_nobody_wrote(place: Callable[[Need], Any], tmp_path: Path) -> None:
    connection = place(REDIS).wait()
    with redis.Redis.from_url(connection.url) as client:
        client.flushall()
        client.set("a", 1)
        snapshots.snapshot(REDIS, connection, tmp_path)
        client.get("a")
        assert snapshots.restore(REDIS, connection, tmp_path) == ()
        client.set("a", 2)
        assert snapshots.restore(REDIS, connection, tmp_path) == ("db0",)
        assert snapshots.restore(REDIS, connection, tmp_path) == ()
        assert client.get("a") == b"1"


@pytest.mark.docker
def test_redis_has_its_functions_again_and_names_users_that_it_leaves_alone(cache: tuple[Held, Any, Any]) -> None:
    held, first, _ = cache
    code = "#!lua name=%s\nredis.register_function('%s', function() return %d end)"
    first.function_load(code % ("kept", "one", 1))
    assert snapshots.snapshot(*held)
    first.function_load(code % ("kept", "one", 2), replace=True)
    first.function_load(code % ("new", "two", 2))
    assert snapshots.restore(*held) == ("db0", "db3", "functions")
    assert first.fcall("one", 0) == 1
    assert [library[1] for library in first.function_list()] == [b"kept"]
    assert snapshots.restore(*held)[:2] == ("db0", "db3")  # keys with a time to live are always restored
    first.acl_setuser("guest", enabled=True)
    with pytest.raises(snapshots.PartlyRestored, match="left alone: users"):
        snapshots.restore(*held)
    first.acl_deluser("guest")
    first.function_flush()


@pytest.mark.docker
def test_redis_has_its_settings_again_but_for_a_password(cache: tuple[Held, Any, Any]) -> None:
    held, first, _ = cache
    before = first.config_get("notify-keyspace-events") | first.config_get("save")
    first.config_set("notify-keyspace-events", "KEA", "save", "60 1")
    assert snapshots.restore(*held) == ("db0", "db3", "setting notify-keyspace-events", "setting save")
    assert first.config_get("notify-keyspace-events") | first.config_get("save") == before
    try:
        first.config_set("masterauth", "x")
        with pytest.raises(snapshots.PartlyRestored, match=r"left alone: setting masterauth \(changed by CONFIG"):
            snapshots.restore(*held)
    finally:
        first.config_set("masterauth", "")


@pytest.mark.docker
def test_redis_that_a_fault_has_made_full_holds_again_what_it_held_and_stays_full(cache: tuple[Held, Any, Any]) -> None:
    held, first, _ = cache
    first.config_set("maxmemory-policy", "noeviction", "maxmemory", "1")
    try:
        first.delete("list")
        assert snapshots.restore(*held) == ("db0", "db3")
        assert first.lrange("list", 0, -1) == [b"1", b"2"]
        with pytest.raises(redis.OutOfMemoryError):
            first.set("new", 1)
    finally:
        first.config_set("maxmemory", "0")


@pytest.mark.docker
def test_who_waits_for_a_stream_goes_on_waiting(cache: tuple[Held, Any, Any]) -> None:
    held, first, _ = cache
    got: list[Any] = []

    def wait() -> None:
        with redis.Redis.from_url(held[1].url) as waiting:
            got.append(waiting.xreadgroup("group", "other", {"stream": ">"}, block=20_000))

    waiting = Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    first.set("new", 1)
    snapshots.restore(*held)
    time.sleep(0.3)
    first.xadd("stream", {"b": 2}, id="2-1")
    waiting.join()
    assert got == [[[b"stream", [(b"2-1", {b"b": b"2"})]]]]


@pytest.mark.docker
@pytest.mark.parametrize("need", [PG, MARIA, REDIS], ids=lambda need: need.kind)
def test_a_need_that_is_not_there_is_an_error(need: Need, tmp_path: Path) -> None:
    nowhere = Connection(scheme="", host="127.0.0.1", port="1", database="x")
    with pytest.raises(JobError, match=f"{need.name}: snapshot failed: connection refused"):
        snapshots.snapshot(need, nowhere, tmp_path)


def test_a_kind_without_snapshots_says_so(tmp_path: Path) -> None:
    nowhere = Connection(scheme="", host="127.0.0.1", port="1")
    assert not snapshots.possible(Stack(name="s", env="e", folder=tmp_path, services={}, needs={"mq": SILENT}))
    assert not snapshots.snapshot(SILENT, nowhere, tmp_path)
    assert snapshots.restore(SILENT, nowhere, tmp_path) == ()
    snapshots.discard(SILENT, nowhere, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_records_are_private_and_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    for database in ("", "../x", "it's \u00e9"):
        snapshot_files.write(folder, database, {"of": database})
        assert snapshot_files.read(folder, database) == {"of": database}
    assert sorted(snapshot_files.databases(folder)) == ["", "../x", "it's \u00e9"]
    assert folder.stat().st_mode & 0o077 == 0
    with suppress(OSError):
        assert sorted(tmp_path.iterdir()) == [tmp_path / "a"]


@pytest.mark.docker
def test_postgres_finds_a_text_in_its_rows(held: Held, client: "psycopg.Connection[Any]") -> None:
    client.execute("CREATE TABLE hooks (id int, urls text[]); INSERT INTO hooks VALUES (1, '{http://hook/a}')")
    whole = replace(held[1], database="")
    for connection in (held[1], whole):
        assert KINDS["postgres"].search(connection, r"//hook([^a-z]|$)") == "hooks"
        assert KINDS["postgres"].search(connection, r"//hoo([^a-z]|$)") == ""
    client.execute("DROP TABLE hooks")


@pytest.mark.docker
def test_mariadb_finds_a_text_in_its_rows(maria: tuple[Held, Any]) -> None:
    held, client = maria
    ask(
        client,
        "CREATE TABLE hooks (id int, raw blob, url text)",
        "INSERT INTO hooks VALUES (1, x'ff00', 'http://hook/a')",
    )
    for connection in (held[1], replace(held[1], database="")):
        assert KINDS["mariadb"].search(connection, r"//hook([^a-z]|$)") == "hooks"
        assert KINDS["mariadb"].search(connection, r"//hoo([^a-z]|$)") == ""
    ask(client, "DROP TABLE hooks")


@pytest.mark.docker
def test_redis_finds_a_text_in_values_of_every_type(cache: tuple[Held, Any, Any]) -> None:
    held, first, fourth = cache
    assert KINDS["redis"].search(held[1], "//hook") == ""
    fourth.hset("hash", mapping={"a": "http://hook/a"})
    assert KINDS["redis"].search(held[1], "//hook") == "hash"
    fourth.delete("hash")
    first.xadd("stream", {"b": "http://hook/a" * 10})
    assert KINDS["redis"].search(held[1], "//hook") == "stream"
