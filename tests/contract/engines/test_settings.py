"""`settings:` of a need are options of its server, on both engines; an invalid one is reported."""

import shutil

import psycopg
import pymysql
import pytest
import redis

DESCRIPTION = """
    name: NAME
    services:
      api: {image: "python:3.13-slim", command: sleep 1000, native: {working_dir: ..}}
    needs:
      db:
        postgres: 17
        settings: {max_connections: 42, shared_preload_libraries: pg_stat_statements, work_mem: "${env.MEM:-7MB}"}
      cache:
        redis: 8
        settings: {notify-keyspace-events: KEA, save: "", client-output-buffer-limit: normal 0 0 0}
"""


SEEDED = DESCRIPTION.replace("postgres: 17", "postgres: 17\n        seed: ../seeds/a.sql")


@pytest.fixture(scope="module")
def shop(shared_world):
    shop = shared_world({"seeds/a.sql": "create table a (b int); insert into a values (1);"}, app=False)
    shop.describe(SEEDED)
    shop.up()
    return shop


def test_a_server_has_the_settings_of_its_need(shop):
    with psycopg.connect(shop.url("db")) as db:
        names = ("max_connections", "shared_preload_libraries", "work_mem", "fsync")
        found = [db.execute(f"show {name}").fetchone()[0] for name in names]
    with redis.Redis.from_url(shop.url("cache"), decode_responses=True) as cache:
        with cache.pubsub(ignore_subscribe_messages=True) as listener:
            listener.subscribe("__keyspace@0__:k")
            listener.get_message(timeout=60)
            cache.set("k", "v")
            event = listener.get_message(timeout=60)
        saves = cache.config_get("save") if shop.engine == "compose" else {"save": ""}  # natively CONFIG is refused

    assert found == ["42", "pg_stat_statements", "7MB", "off"]
    assert event is not None
    assert (event["data"], saves) == ("set", {"save": ""})


@pytest.mark.parametrize(
    ("need", "wrong"), [("postgres: 17", "xmax_connections: 42"), ("redis: 8", "xnotify-keyspace-events: KEA")]
)
def test_a_wrong_setting_is_named(world, need, wrong):
    shop = world(app=False)
    shop.describe(f"name: NAME\nneeds:\n  data: {{{need}, settings: {{{wrong}}}}}\n")

    output = shop.up(code=5).err

    assert f"data does not start with the setting '{wrong.partition(':')[0]}': " in output
    assert "hint: correct it under settings: (envs/local.yaml:" in output


def test_a_changed_setting_starts_the_need_anew_with_its_data(shop):
    shop.describe(SEEDED.replace("max_connections: 42", "max_connections: 42, lock_timeout: 43s"))
    before = shop.instances()
    shop.up()

    with psycopg.connect(shop.url("db")) as db:
        assert db.execute("show lock_timeout").fetchone() == ("43s",)
        assert db.execute("select b from a").fetchall() == [(1,)]
    assert shop.instances()["cache"] == before["cache"]


MARIADB = """
    name: NAME
    services:
      api: {image: "python:3.13-slim", command: sleep 1000, native: {working_dir: ..}}
    needs:
      db:
        mariadb: 11
        port: 3399
        settings: {max_allowed_packet: 64M, sql_mode: ANSI_QUOTES, lower-case-table-names: 1}
        seed:
          - ../seeds/*.sql
          - {command: ./more.sh, service: db}
"""


def test_mariadb_takes_a_statement_of_the_size_that_is_set(world, engine):
    if engine == "native" and not shutil.which("mariadbd"):
        pytest.skip("MariaDB is not installed on this machine")
    shop = world(app=False)
    shop.write({"seeds/big.sql": f"create table BIG (b longblob);\ninsert into BIG values ('{'x' * 20_000_000}');\n"})
    shop.write({"envs/more.sh": "#!/bin/sh\nmariadb -e 'create table more (n int)'\n"})
    (shop.folder / "envs/more.sh").chmod(0o755)
    shop.describe(MARIADB)
    shop.up()
    assert shop.run("exec", "db", "--", "sh", "-c", "mysql -Ne 'select count(*) from more'").out == "0\n"

    login = shop.status("--secrets")["services"]["db"]
    user, password = login["url"].removeprefix("mysql://").partition("@")[0].split(":")
    with (
        pymysql.connect(host=login["host"], port=login["port"], user=user, password=password, database=user) as db,
        db.cursor() as cursor,
    ):
        cursor.execute("select length(b), @@sql_mode from big")
        assert cursor.fetchone() == (20_000_000, "ANSI_QUOTES")
