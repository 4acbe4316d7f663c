"""`localenv reset` restores the seeded data, and connected clients notice nothing else."""

import json

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

        output = sample.run("reset").out

        assert customers(db) == seeded
        assert db.execute("select count(*) from discounts").fetchone() > (0,)
        assert db.execute("select count(*) from orders where id = %s", [first["id"]]).fetchone() == (0,)
        assert (cache.dbsize(), cache.get("by hand")) == (kept, None)
    assert output.splitlines()[0].startswith("db: reset to the seeded data (")
    assert "customers" in output
    assert sample.instances() == running
    order(sample)  # the service's connections still work


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
    assert sample.run("reset", "local", "api", code=2).err == (
        "error: unknown need or upstream 'api'\nhint: available: db, cache, payments, inventory, flags\n"
    )
    assert "orders-ci-" in (output := sample.run("reset", "ci", code=2).err)
    assert "is not running" in output


def test_where_a_need_has_no_snapshot_the_others_are_restored_and_it_exits_with_1(sample):
    sample.run("reset", "--quiet")
    identity = sample.status()["environment"]
    why = "no snapshot of its seeded data"
    noted = sample.states / identity / "seeded/cache"
    noted.rename(noted.with_name("elsewhere"))
    try:
        with redis.Redis.from_url(sample.url("cache")) as cache:
            cache.set("by hand", "yes")

            output, document = sample.run("reset", code=1), sample.run("reset", "--json", code=1).document

            assert output.out.startswith("db: unchanged\n")
            assert f"cache: not reset: {why}\n" in output.out
            assert output.err.startswith("error: not reset: cache\nhint: ")
            assert document["not_reset"] == {"cache": why}
            assert document["changed"].keys() == {"db", "payments", "inventory", "flags"}
            assert cache.get("by hand") == b"yes"
    finally:
        noted.with_name("elsewhere").rename(noted)


SCENARIO = {
    "mappings": [
        {
            "scenarioName": "cart life",
            "requiredScenarioState": before,
            "newScenarioState": "full",
            "request": {"url": "/cart"},
            "response": {"body": before},
        }
        for before in ("Started", "full")
    ]
}
PLAIN = {"request": {"url": "/plain"}, "response": {"body": "as written"}}
STUBS = """
    name: NAME
    upstreams: {carts: {stubs: ../stubs/carts}, plain: {stubs: ../stubs/plain}}
    """


def test_stubs_laid_by_hand_go_and_scenarios_and_the_journal_begin_anew(world):
    shop = world(app=False)
    shop.describe(STUBS)
    shop.write({"stubs/carts/mappings/a.json": json.dumps(SCENARIO), "stubs/plain/mappings/a.json": json.dumps(PLAIN)})
    shop.up("--detach")
    assert shop.run("reset").out == "carts: unchanged\nplain: unchanged\n"
    with by_hand(shop, "plain") as admin:
        stubs = admin.get("/mappings").json()["mappings"]
        [plain] = [stub for stub in stubs if stub["request"].get("url") == "/plain"]
        admin.put(f"/mappings/{plain['id']}", json={**plain, "response": {"body": "by hand"}}).raise_for_status()
        admin.post("/mappings", json={"request": {"url": "/new"}, "response": {"body": "new"}}).raise_for_status()
        admin.post("/settings", json={"fixedDelay": 1}).raise_for_status()

    def answers():
        paths = (("carts", "/cart"), ("carts", "/cart"), ("plain", "/plain"), ("plain", "/new"))
        return [httpx.get(shop.url(name) + path).text for name, path in paths]

    assert answers() == ["Started", "full", "by hand", "new"]

    changed = shop.run("reset", "--json").document["changed"]

    assert changed == {
        "carts": ["scenario cart life", "2 requests"],
        "plain": ["stub ANY /plain", "2 requests"],
        "localenv.stubs": ["stub ANY /new", "settings"],
    }
    assert answers()[:3] == ["Started", "full", "as written"]
    assert "Request was not matched" in answers()[3]
    assert httpx.get(f"{shop.url('plain')}/50%25").status_code == 404
    assert shop.run("reset", "plain").out == "plain: reset (5 requests)\n"
    assert shop.run("reset", "carts", "--json").document["changed"] == {"carts": ["scenario cart life", "4 requests"]}


def by_hand(shop, upstream):
    """The admin API of a stub server."""
    password = json.loads((shop.state / "passwords.json").read_text())["localenv.stubs"]
    return httpx.Client(base_url=f"{shop.url(upstream)}/__admin", auth=("localenv", password), trust_env=False)


def customers(db):
    return db.execute("select * from customers order by id").fetchall()
