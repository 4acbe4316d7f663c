"""A stack for several workers: separate parts of each, in the stack and on real servers."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
import redis

from localenv.environment import lifecycle
from localenv.environment.down import removing
from localenv.environment.handle import Environment
from localenv.environment.locating import Target
from localenv.environment.request import Request
from localenv.environment.up import preparing
from localenv.errors import UsageError
from localenv.planner import workers
from localenv.rendering import view
from localenv.rendering.templating import render
from localenv.stack import Reader, Role, Service, Stack
from localenv.stack.workers import names_of_worker, server_of
from tests.world import engines

DESCRIPTION = """
    name: shop
    services:
      api:
        image: nginx:1.26
        port: 80
        publish: 18321
        environment:
          DATABASE_URL: "${db.url}"
          CACHE: "${cache.address}"
          PAYMENTS: "${payments.url}"
          SELF: "${self.published_url}"
          SETTINGS: "${settings.path}"
        compose: {hostname: one-and-only, mem_limit: 64m}
      worker: {image: "nginx:1.26", depends_on: [api]}
    needs:
      db: {postgres: 17, seed: [../seed.sql]}
      cache: redis
    configs:
      settings: {content: "payments = ${payments.url}"}
      fixed: {content: "nothing"}
    upstreams:
      payments: {}
"""
SEED = "CREATE TABLE items (id int PRIMARY KEY, name varchar(20)); INSERT INTO items VALUES (1, 'lamp');\n"


def request(repository: Any, text: str = DESCRIPTION, workers: int = 2) -> Request:
    folder: Path = repository({"envs/local.yaml": text, "seed.sql": SEED})
    return Request(target=Target(file=folder / "envs/local.yaml", repository=folder), workers=workers)


def rendered(stack: Stack) -> dict[str, Any]:
    return {service["name"]: service for service in view(stack, stack.folder)["services"]}


def test_one_worker_has_the_stack_as_described(repository: Any) -> None:
    one = preparing.stack(request(repository, workers=1))

    assert workers.per_worker(one, 1) == one
    assert set(names_of_worker(one, 0).items()) == {(name, name) for name in names_of_worker(one, 0)}


def test_each_further_worker_has_services_stub_addresses_and_data_of_its_own(repository: Any) -> None:
    stack = preparing.stack(request(repository))
    found = rendered(stack)

    first, second = found["api"]["environment"], found["api.w1"]["environment"]
    assert first["DATABASE_URL"] == "postgresql://shop:${DB_PASSWORD_IN_URL}@db:5432/shop"
    assert second["DATABASE_URL"] == "postgresql://shop:${DB_W1_PASSWORD_IN_URL}@db.w1:5432/shop_w1"
    assert (first["PAYMENTS"], second["PAYMENTS"]) == ("http://payments", "http://payments.w1")
    assert (first["CACHE"], second["CACHE"]) == ("cache:6379", "cache.w1:6379")
    assert second["SELF"] == "http://127.0.0.1:${API_W1_PORT}"
    assert second["SETTINGS"] == "/run/configs/settings.w1"
    assert found["worker.w1"]["depends_on"] == {"api.w1": {"condition": "service_started"}}


def test_servers_of_several_databases_are_shared_and_so_are_the_stub_server_and_images(repository: Any) -> None:
    stack = preparing.stack(request(repository, workers=3))
    found = rendered(stack)

    assert set(found) == {
        "db", "localenv.stubs", "cache", "cache.w1", "cache.w2",
        "api", "api.w1", "api.w2", "worker", "worker.w1", "worker.w2",
    }  # fmt: skip
    assert found["db"]["network"]["aliases"] == ["db.w1", "db.w2"]
    assert found["localenv.stubs"]["network"]["aliases"] == ["payments", "payments.w1", "payments.w2"]
    assert server_of(stack, "db.w2") == "db"
    assert server_of(stack, "cache.w2") == "cache.w2"


def test_what_there_can_be_only_one_of_is_left_out_of_copies(repository: Any) -> None:
    stack = preparing.stack(request(repository))

    assert stack.services["api.w1"].port.pinned is None  # type: ignore[union-attr]
    assert rendered(stack)["api.w1"]["raw"] == {"mem_limit": "64m"}


def test_an_alias_leads_to_the_first_workers_service() -> None:
    api = Service(name="api", role=Role.SERVICE, aliases=("backend",))
    whole = workers.per_worker(Stack(folder=Path("/r"), env="local", name="shop", services={"api": api}), 2)

    assert {name: one.aliases for name, one in whole.services.items()} == {"api": ("backend",), "api.w1": ()}


def test_the_first_workers_services_do_not_change_with_the_number_of_workers(repository: Any) -> None:
    asked = request(repository)
    one, two = (preparing.stack(replace(asked, workers=workers)) for workers in (1, 2))

    assert {name: two.services[name] for name in ("api", "worker", "cache")} == {
        name: one.services[name] for name in ("api", "worker", "cache")
    }


def test_a_file_that_names_nothing_of_a_workers_is_shared(repository: Any) -> None:
    assert set(preparing.stack(request(repository)).files) == {"settings", "fixed", "settings.w1"}


def test_a_database_whose_name_is_written_out_needs_a_server_for_each_worker(repository: Any) -> None:
    text = DESCRIPTION.replace('"${db.url}"', '"postgresql://${db.user}:${db.password}@${db.address}/shop"')
    stack = preparing.stack(request(repository, text))

    assert "db.w1" in stack.services
    assert stack.needs["db.w1"].database == "shop"


def test_names_lead_from_the_description_to_a_workers_own(repository: Any) -> None:
    stack = preparing.stack(request(repository))

    assert names_of_worker(stack, 0)["api"] == "api"
    assert {name: own for name, own in names_of_worker(stack, 1).items() if own == name} == {
        "localenv.stubs": "localenv.stubs",
        "fixed": "fixed",
    }
    assert names_of_worker(stack, 1)["db"] == "db.w1"


def test_a_name_that_would_be_a_copys_is_refused(repository: Any) -> None:
    text = DESCRIPTION.replace("      worker: {", '      api-w1: {image: "nginx:1.26"}\n      worker: {')

    with pytest.raises(UsageError, match="'api-w1' has the name of a worker's copy of another service"):
        preparing.stack(request(repository, text))


def test_the_rendered_file_is_the_same_each_time(repository: Any) -> None:
    asked = request(repository)
    texts = {
        render("compose.yaml.j2", view(stack, stack.folder), stack.folder)
        for stack in map(preparing.stack, [asked] * 2)
    }

    assert len(texts) == 1


KINDS = """
    name: copies
    services:
      api:
        image: redis:8
        command: sleep 600
        environment: {A: "${same.url}", B: "${other.host}", C: "${cache.url}"%s}
    needs:
      same: {postgres: 17, seed: [../seed.sql]}
      other:
        postgres: 17
        seed: [../seed.sql, {command: [psql, -c, "CREATE DATABASE \\"two\\nlines \\"\\"a=b\\""], service: other}]
      cache:
        redis: 8
        password: s3cret
        seed:
          - {command: "redis-cli -h ${cache.host} -p ${cache.port} set a b", service: cache}
          - service: cache
            command: [redis-cli, -h, "${cache.host}", -p, "${cache.port}", -n, "3", set, "two\\nlines", c]
"""
MARIA = """\
      more-maria: {mariadb: 11, databases: [first, second], seed: [../seed.sql]}
"""


@pytest.fixture(params=engines.each())
def engine(request: pytest.FixtureRequest) -> str:
    return engines.needed(request.param)


@pytest.fixture
def running(repository: Any, engine: str) -> Iterator[Callable[[str], Environment]]:
    """Start an environment for two workers with this description."""
    with ExitStack() as removed:

        def start(text: str) -> Environment:
            found = lifecycle.up(replace(request(repository, text), engine=engine))
            removed.callback(removing.down, found.identity)
            return found

        yield start


def test_each_worker_has_a_copy_of_the_data_that_nobody_else_changes(
    running: Callable[[str], Environment], engine: str
) -> None:
    has_maria = engine == "compose" or shutil.which("mariadbd")
    environment = running(KINDS % ', D: "${more-maria.host}"' + MARIA if has_maria else KINDS % "")

    def connection(name: str) -> Any:
        return environment.deployment.resolution.connection(name, Reader.MACHINE)

    for name in ("same", "other"):
        for worker in (name, f"{name}.w1"):
            with psycopg.connect(connection(worker).url) as db:
                assert db.execute("SELECT name FROM items").fetchall() == [("lamp",)]
                db.execute("DELETE FROM items")
    for worker in ("other", "other.w1"):
        with psycopg.connect(connection(worker).url, dbname='two\nlines "a=b') as db:
            assert db.execute("SELECT current_database()").fetchone() == ('two\nlines "a=b',)
    for worker in [name for name in environment.stack.needs if "maria" in name]:
        own = connection(worker)
        login = {"user": own.user, "password": own.password, "database": own.database}
        with (
            pymysql.connect(host=own.host, port=int(own.port), autocommit=True, **login) as db,
            db.cursor() as cursor,
        ):
            cursor.execute("SELECT name FROM items")
            assert cursor.fetchall() == (("lamp",),)
            cursor.execute("DELETE FROM items")
            cursor.execute("SHOW DATABASES")
            assert {("first",), ("second",)} <= set(cursor.fetchall())
    for worker in ("cache", "cache.w1"):
        with redis.Redis.from_url(connection(worker).url, decode_responses=True) as cache:
            assert cache.get("a") == "b"
            cache.select(3)
            assert cache.get("two\nlines") == "c"
            cache.flushall()


ADDRESSED = """
    name: hooks
    services:
      api: {image: "nginx:1.26", port: 80, environment: {D: "${db.url}", HOOK: "${hook.url}"}}
    needs:
      db:
        postgres: 17
        seed:
          - ../seed.sql
          - {command: [psql, -c, "INSERT INTO items VALUES (2, '${hook.host}')"], service: db}
      other: {postgres: 17, seed: [../seed.sql]}
      cache: redis
    jobs:
      fill: {command: "true", service: api}
    upstreams:
      hook: {}
"""


def test_what_is_seeded_with_an_address_is_seeded_anew_for_each_worker(repository: Any) -> None:
    asked = request(repository, ADDRESSED.replace('    jobs:\n      fill: {command: "true", service: api}\n', ""))
    stack = preparing.stack(asked)
    jobs = {job.name: job for job in stack.jobs}

    assert list(jobs) == [
        "db.seed", "db.seed.2", "other.seed", "db.w1.seed", "db.w1.seed.2", "other.w1.copy", "cache.w1.copy",
    ]  # fmt: skip
    assert (jobs["db.w1.seed.2"].service, jobs["db.w1.seed.2"].need) == ("db.w1", "db.w1")
    assert jobs["db.w1.seed.2"].title == "psql -c INSERT INTO items VALUES (2, '${hook.w1.host}')"
    assert "db.w1" in stack.services


def test_a_job_of_a_service_that_is_told_addresses_is_repeated_for_what_it_can_reach(repository: Any) -> None:
    stack = preparing.stack(request(repository, ADDRESSED))
    jobs = {job.name: job for job in stack.jobs}

    assert [name for name in jobs if "w1" in name] == [
        "db.w1.seed", "db.w1.seed.2", "fill.w1", "other.w1.copy", "cache.w1.copy",
    ]  # fmt: skip
    assert jobs["fill.w1"].service == "api.w1"


def test_a_seed_that_makes_databases_has_a_server_for_each_worker(repository: Any) -> None:
    asked = request(repository)
    assert "db.w1" not in preparing.stack(asked).services
    (asked.target.repository / "seed.sql").write_text("CREATE DATABASE audit;\n\\connect audit\n")

    assert "db.w1" in preparing.stack(asked).services


@pytest.mark.parametrize("engine", engines.each(compose=pytest.mark.full), indirect=True)
def test_each_worker_finds_its_own_address_in_its_data(running: Callable[[str], Environment]) -> None:
    text = ADDRESSED.partition("    jobs:")[0] + "    upstreams: {hook: {}}\n"
    text = text.replace('image: "nginx:1.26", port: 80', 'image: "redis:8", command: sleep 600')
    resolution = running(text).deployment.resolution

    for own in ("", ".w1"):
        reached = resolution.connection(f"db{own}", Reader.MACHINE)
        seen = resolution.connection(f"hook{own}", Reader.INSIDE)
        with psycopg.connect(reached.url) as db:
            assert db.execute("SELECT name FROM items WHERE id = 2").fetchall() == [(seen.host,)]


def test_each_worker_has_further_ports_and_addresses_of_its_own(repository: Any) -> None:
    text = DESCRIPTION.replace("publish: 18321", "ports: {web: {port: 81, publish: 18322}}").replace(
        '"${self.published_url}"', '"${self.web.url}"'
    )
    stack = preparing.stack(request(repository, text.replace("postgres: 17", "postgres: 17, address: own, port: 5544")))

    copy = stack.services["api.w1"]

    assert [(port.name, port.target, port.pinned) for port in copy.ports] == [
        ("api.w1", 80, None),
        ("api.w1.web", 81, None),
    ]
    assert "http://api.w1:81" in rendered(stack)["api.w1"]["environment"]["SELF"]
    assert rendered(stack)["db"]["ports"][0] == "${DB_ADDRESS:-127.0.0.1}:${DB_PORT:-}:5544"
    assert stack.at_own_addresses["db"] == ("db", 5544)
    assert names_of_worker(stack, 1)["api"] == "api.w1"
