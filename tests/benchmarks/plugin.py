"""The cost of the pytest plugin: a session beside pytest-docker and testcontainers, and 1,000 tests on 4 workers."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from measuring import REPOSITORY, Row, main, scratch

ROUNDS = 3
TESTS = 1000
WORKERS = 4
LOADED = [] if entry_points(group="pytest11", name="localenv") else ["-p", "localenv.pytest_plugin"]

# each asserts its own stub and its own rows, and that there are no others
CROWD = """
import pytest

@pytest.mark.parametrize("number", range({tests}))
def test_alone(localenv_test, number):
    charge = f"ch_mine_{{number}}"
    payments = localenv_test.upstream("payments")
    payments.post("/charges").reply(201, json={{"id": charge, "status": "succeeded"}})
    placed = localenv_test.client("api").post("/orders", json={{"sku": "test-item", "quantity": 1}})
    assert placed.status_code == 201, placed.text
    payments.post("/charges").assert_called(times=1)
    with localenv_test.need("db").connect() as db:
        assert db.execute("select charge from orders").fetchall() == [(charge,)]
"""

ENVIRONMENT = "name: cost\nneeds:\n  db: {postgres: 17}\n  cache: {redis: 8}\n"
SESSIONS = {
    "localenv": """
def test_both(localenv):
    with localenv.need("db").connect() as db:
        assert db.execute("select 1").fetchone() == (1,)
    assert localenv.need("cache").connect().ping()
""",
    "pytest-docker": """
import psycopg, pytest, redis

def answers(port):
    try:
        with psycopg.connect(f"postgresql://postgres:secret@127.0.0.1:{port}/postgres"):
            return True
    except psycopg.OperationalError:
        return False

def test_both(docker_services):
    port = docker_services.port_for("db", 5432)
    docker_services.wait_until_responsive(timeout=60, pause=0.1, check=lambda: answers(port))
    with psycopg.connect(f"postgresql://postgres:secret@127.0.0.1:{port}/postgres") as db:
        assert db.execute("select 1").fetchone() == (1,)
    assert redis.Redis(port=docker_services.port_for("cache", 6379)).ping()
""",
    "testcontainers": """
import psycopg, redis
from testcontainers.postgres import PostgresContainer
from testcontainers.redis import RedisContainer

def test_both():
    with PostgresContainer("postgres:17", driver=None) as db, RedisContainer("redis:8") as cache:
        with psycopg.connect(db.get_connection_url()) as opened:
            assert opened.execute("select 1").fetchone() == (1,)
        assert cache.get_client().ping()
""",
}
COMPOSE = """
services:
  db: {image: "postgres:17", environment: {POSTGRES_PASSWORD: secret}, ports: ["127.0.0.1::5432"]}
  cache: {image: "redis:8", ports: ["127.0.0.1::6379"]}
"""


def benchmark(rounds: int) -> Sequence[Row]:
    with scratch() as folder:
        return (*sessions(folder, rounds), crowd(folder))


def sessions(folder: Path, rounds: int) -> Iterator[Row]:
    """The time of a complete pytest run with PostgreSQL and Redis, the best of some rounds."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, text in SESSIONS.items():
            took = run(prepared(folder / name, text), wanted=1)
            if took is not None:
                best[name] = min(best.get(name, took), took)
    ours = best.pop("localenv")
    for name in SESSIONS.keys() - {"localenv"}:  # without an installed competitor, only localenv's time is shown
        yield Row(what=f"a session with two needs / {name}", value=ours, unit="s", beside=best.get(name))


def prepared(folder: Path, text: str) -> Path:
    """A repository with one test."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    (folder / "envs").mkdir(exist_ok=True)
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "envs/local.yaml").write_text(ENVIRONMENT)
    (folder / "tests/docker-compose.yml").write_text(COMPOSE)
    (folder / "tests/test_it.py").write_text(text)
    return folder


def crowd(folder: Path) -> Row:
    """Many tests of the sample on several workers; no test may see another's data."""
    repository = folder / "orders"
    for name in ("envs", "stubs"):
        shutil.copytree(REPOSITORY / name, repository / name)
    (repository / ".git").mkdir()
    (repository / "tests").mkdir()
    (repository / "tests/test_crowd.py").write_text(CROWD.format(tests=TESTS))
    took = run(repository, "-n", str(WORKERS), "--localenv-env", "ci", wanted=TESTS)
    assert took is not None
    return Row(what=f"{TESTS} tests on {WORKERS} workers, no cross-talk", value=took, unit="s")


def run(folder: Path, *arguments: str, wanted: int) -> float | None:
    """The duration of pytest in seconds; None if a required plugin is not installed."""
    argv = [sys.executable, "-m", "pytest", *LOADED, "-q", "-p", "no:cacheprovider", *arguments, "tests"]
    path = os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH"))))
    environment = {"PYTHONPATH": path, "TESTCONTAINERS_RYUK_DISABLED": "true"}  # without its guard container
    began = time.monotonic()
    done = subprocess.run(argv, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False)
    took = time.monotonic() - began
    if "fixture 'docker_services' not found" in done.stdout or "No module named 'testcontainers'" in done.stdout:
        return None
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed and int(passed[1]) == wanted and done.returncode == 0, done.stdout[-5000:] + done.stderr  # noqa: PT018
    return took


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
