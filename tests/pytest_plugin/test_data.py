"""What needs hold is the seeded data for every test, whatever tests before it have done."""

from collections.abc import Callable
from typing import Any

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

    def test_load_and_reset(localenv_test):
        need = localenv_test.need("db")
        need.load("seeds/more.csv", "t")
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


@on("native", "compose")
def test_every_test_begins_with_the_seeded_data(new_suite: Callable[..., Any], engine: str) -> None:
    suite = new_suite(FILES | {"tests/test_inner.py": TESTS})
    if engine == "compose":  # which alone runs MariaDB
        suite.write({"envs/data.yaml": DESCRIPTION + MARIADB, "tests/test_people.py": PEOPLE})
    ran = suite.run()

    assert ran.code == 0, ran.out
    assert ("12 passed" if engine == "compose" else "9 passed") in ran.out
    assert suite.left() == set()
