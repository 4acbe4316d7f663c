"""Every test finds the seeded data in needs, whatever earlier tests have done."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.pytest_plugin.conftest import on

DESCRIPTION = """
    name: data
    needs:
      db: {postgres: 17, seed: [../seeds/pg.sql]}
      cache: redis
"""
MARIADB = """
      people: {mariadb: 11, seed: [../seeds/maria.sql]}
"""
FILES = {
    "envs/data.yaml": DESCRIPTION,
    "seeds/pg.sql": "create table t (id serial, name text); insert into t (name) values ('seeded');",
    "seeds/maria.sql": """
        create table t (id int auto_increment primary key, name text);
        insert into t (name) values ('seeded');
    """,
    "seeds/more.csv": "id,name\n7,loaded\n",
    "pytest.ini": "[pytest]\nfilterwarnings = error\nlocalenv_env = nothing\n",
    "conftest.py": """
        import pytest
        @pytest.fixture(scope="session")
        def localenv_settings(): return {"env": "data"}
        @pytest.fixture(scope="session")
        def stays(localenv):
            with localenv.need("db").connect() as opened:
                yield opened
    """,
}
PEOPLE = """
    import pytest

    def test_that_closes_a_connection_itself(localenv_test):
        with localenv_test.need("people").connect() as opened:
            assert opened.open

    @pytest.mark.parametrize("time", ["first", "second", "third"])
    def test_mariadb(localenv_test, time):
        opened = localenv_test.need("people").connect()
        with opened.cursor() as cursor:
            cursor.execute("insert into t (name) values ('mine')")
            cursor.execute("select id, name from t order by id")
            assert cursor.fetchall() == ((1, "seeded"), (2, "mine"))
            cursor.execute("delete from t" if time == "first" else "truncate t")
"""
TESTS = """
    import psycopg, pytest
    from localenv.errors import UsageError

    @pytest.mark.parametrize("time", ["first", "second", "third"])
    def test_postgres(localenv_test, stays, time):
        db = localenv_test.need("db").connect()
        db.execute("insert into t (name) values ('mine')")
        assert stays.execute("select id, name from t order by id").fetchall() == [(1, "seeded"), (2, "mine")]
        db.execute("delete from t" if time == "first" else "truncate t")

    @pytest.mark.parametrize("time", ["first", "second"])
    def test_redis(localenv_test, time):
        cache = localenv_test.need("cache").connect()
        assert cache.incr("counter") == 1

    @pytest.mark.parametrize("name", ["db", "cache"])
    def test_that_closes_a_connection_itself(localenv_test, name):
        with localenv_test.need(name).connect() as opened:
            assert opened
        opened.close()

    def test_load_and_reset(localenv_test):
        need = localenv_test.need("db")
        need.load("seeds/more.csv", "t")
        with pytest.raises(UsageError, match="no such file: more.csv"):
            need.load("more.csv", "t")
        with psycopg.connect(need.url) as db:
            assert db.execute("select name from t where id = 7").fetchone() == ("loaded",)
        need.reset()
        with psycopg.connect(need.url) as db:
            assert db.execute("select id, name from t").fetchall() == [(1, "seeded")]

    @pytest.mark.localenv(reset=False)
    def test_that_leaves_something(localenv_test):
        localenv_test.need("db").connect().execute("insert into t (name) values ('left')")

    def test_that_finds_it(localenv_test):
        assert localenv_test.need("db").connect().execute("select count(*) from t").fetchone() == (2,)

    def test_that_does_not_any_more(localenv_test):
        assert localenv_test.need("db").connect().execute("select count(*) from t").fetchone() == (1,)

"""


@on()
def test_every_test_begins_with_the_seeded_data(new_suite: Callable[..., Any], engine: str) -> None:
    suite = new_suite(FILES | {"tests/test_inner.py": TESTS})
    if engine == "compose":  # the only one that runs MariaDB
        suite.write({"envs/data.yaml": DESCRIPTION + MARIADB, "tests/test_people.py": PEOPLE})
    ran = suite.run("--localenv-artifacts", "artifacts")

    assert ran.code == 0, ran.out
    rendered = [file.name for file in suite.folder.glob("artifacts/*/rendered/compose.yaml")]
    assert rendered == (["compose.yaml"] if engine == "compose" else [])
    assert ("15 passed" if engine == "compose" else "11 passed") in ran.out
    assert suite.left() == set()


HELD = {
    "envs/local.yaml": """
        name: held
        needs:
          db: {postgres: 17, seed: [../seeds/pg.sql]}
          cache: redis
        upstreams:
          shop: {stubs: ../stubs/shop, unmatched: ignore}
    """,
    "seeds/pg.sql": "create table t (id int primary key); insert into t values (1);",
    "stubs/shop/mappings/price.json": '{"request": {"urlPath": "/price"}, "response": {"body": "usual"}}',
    "tests/test_inner.py": """
        import httpx, pytest

        def write(localenv, number):
            localenv.need("db").connect().execute("insert into t values (%s)", [number])
            localenv.need("cache").connect().set(f"key {number}", number)

        @pytest.fixture(scope="session")
        def everywhere(localenv):
            write(localenv, 10)

        @pytest.fixture(scope="class")
        def customer(everywhere, localenv):
            write(localenv, 100)
            localenv.upstream("shop").get("/price").reply(body="special")
            yield
            assert seen(localenv) == ([1, 10, 100], "special")

        def seen(localenv):
            with localenv.need("db").connect() as db:
                rows = [number for (number,) in db.execute("select id from t order by id")]
            keys = localenv.need("cache").connect().keys()
            assert len(keys) == len(rows) - 1
            return rows, httpx.get(f"{localenv.url('shop')}/price").text

        class TestHeld:
            @pytest.mark.parametrize("time", ["first", "second"])
            def test_held(self, localenv_test, customer, time):
                assert seen(localenv_test) == ([1, 10, 100], "special")
                write(localenv_test, 1000)

            def test_that_resets_by_itself(self, localenv_test, customer):
                localenv_test.need("db").reset()
                assert seen(localenv_test)[0] == [1, 10, 100]

        def test_after_the_class(localenv_test):
            assert seen(localenv_test) == ([1, 10], "usual")

        @pytest.fixture(scope="session")
        def db(localenv):
            with localenv.need("db").connect() as opened:
                opened.autocommit = True
                yield opened

        @pytest.fixture(scope="class")
        def order(db):  # names `localenv` nowhere
            db.execute("insert into t values (500)")

        class TestHeldByAnother:
            @pytest.mark.parametrize("time", ["first", "second"])
            def test_held(self, localenv_test, order, db, time):
                assert db.execute("delete from t where id >= 500 returning id").fetchall() == [(500,)]

        def test_after_that_class(localenv_test):
            assert seen(localenv_test) == ([1, 10], "usual")
    """,
}


@on(compose=pytest.mark.full)
def test_what_a_fixture_for_several_tests_wrote_is_there_for_all_of_them_and_goes_with_it(
    new_suite: Callable[..., Any], engine: str
) -> None:
    suite = new_suite(HELD)

    ran = suite.run()

    assert ran.code == 0, ran.out
    assert "7 passed" in ran.out
    assert suite.left() == set()
