"""`localenv reset` brings the seeded data back, and nobody who is connected notices more than that."""

import httpx
import psycopg
import redis


def order(sample):
    answer = httpx.post(f"{sample.url('api')}/orders", json={"sku": "lamp", "quantity": 1})
    assert answer.status_code == 201
    return answer.json()


def test_what_was_written_since_is_gone_and_whoever_is_connected_stays_so(sample):
    sample.run("reset", "--quiet")
    with psycopg.connect(sample.url("db"), autocommit=True) as db, redis.Redis.from_url(sample.url("cache")) as cache:
        seeded, kept, running = customers(db), cache.dbsize(), sample.instances()
        first = order(sample)
        db.execute("update customers set city = 'nowhere'")
        db.execute("truncate discounts")
        cache.set("by hand", "yes")

        told = sample.run("reset").out

        assert customers(db) == seeded
        assert db.execute("select count(*) from discounts").fetchone() > (0,)
        assert db.execute("select count(*) from orders where id = %s", [first["id"]]).fetchone() == (0,)
        assert (cache.dbsize(), cache.get("by hand")) == (kept, None)
    assert told.splitlines()[0].startswith("db: reset to the seeded data (")
    assert "customers" in told
    assert sample.instances() == running
    order(sample)  # the service's connections are as good as before


def test_needs_that_are_named_are_all_that_changes(sample):
    sample.run("reset", "local", "--quiet")
    with psycopg.connect(sample.url("db"), autocommit=True) as db, redis.Redis.from_url(sample.url("cache")) as cache:
        cache.set("by hand", "yes")
        db.execute("delete from discounts")
        identity = sample.status()["environment"]

        changed = sample.run("reset", "db", "--json").document
        assert changed == {"environment": identity, "changed": {"db": ["discounts"]}, "not_reset": {}}
        assert cache.get("by hand") == b"yes"
        assert sample.run("reset", identity, "cache").out == "cache: reset to the seeded data (db0)\n"
        assert cache.get("by hand") is None
        assert sample.run("reset", "local", "db").out == "db: unchanged\n"


def test_what_cannot_be_reset_is_told_with_what_can(sample):
    assert sample.run("reset", "local", "api", code=2).err == "error: unknown need 'api'\nhint: available: db, cache\n"
    assert "orders-ci-" in (told := sample.run("reset", "ci", code=2).err)
    assert "is not running" in told


def test_where_nothing_was_noted_of_a_need_the_others_are_brought_back_and_it_exits_with_1(sample):
    sample.run("reset", "--quiet")
    identity = sample.status()["environment"]
    why = "no snapshot of its seeded data"
    noted = sample.states / identity / "seeded/cache"
    noted.rename(noted.with_name("elsewhere"))
    try:
        with redis.Redis.from_url(sample.url("cache")) as cache:
            cache.set("by hand", "yes")

            told, document = sample.run("reset", code=1), sample.run("reset", "--json", code=1).document

            assert told.out == f"db: unchanged\ncache: not reset: {why}\n"
            assert told.err.startswith("error: not reset: cache\nhint: ")
            assert document == {"environment": identity, "changed": {"db": []}, "not_reset": {"cache": why}}
            assert cache.get("by hand") == b"yes"
    finally:
        noted.with_name("elsewhere").rename(noted)


def customers(db):
    return db.execute("select * from customers order by id").fetchall()
