"""Clients connect to this environment, whatever the user's own client configuration says."""

import ast
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.world import engines

DESCRIPTION = """
    name: mine
    services:
      api:
        image: python:3.13-slim
        command: sleep 1000
        native: {command: sleep 1000, working_dir: ..}
        environment: {DB: "${db.url}"}
    needs:
      db: {postgres: 17, seed: [../seeds/*.sql]}
    jobs:
      look: {command: "psql -Atc 'select * from mine'", service: db}
"""
ELSEWHERE = {
    "PGSERVICE": "prod",
    "PGHOST": "127.0.0.2",
    "PGHOSTADDR": "127.0.0.2",
    "PGPORT": "5999",
    "PGUSER": "prod",
    "PGDATABASE": "proddb",
    "PGPASSWORD": "x",
    "PGOPTIONS": "-c search_path=prod -c default_transaction_read_only=on",
    "PGSSLMODE": "require",
    "PGTARGETSESSIONATTRS": "standby",
    "REDISCLI_AUTH": "x",
}
HOME = {
    ".pg_service.conf": "[prod]\nhost=127.0.0.1\nport=5999\nuser=prod\ndbname=proddb\n",
    ".psqlrc": "\\echo from the startup file\n\\connect proddb prod 127.0.0.2 5999\n",
    ".pgpass": "*:*:*:*:wrong\n",
    ".my.cnf": "[client]\nhost=prod.example.invalid\n",
}


@pytest.fixture(params=engines.each())
def world(request, repository, call, monkeypatch, tmp_path_factory):
    """An environment, on either engine, of a user whose configuration points to another database."""
    home = tmp_path_factory.mktemp("theirs")
    for name, content in HOME.items():
        (home / name).write_text(content)
    (home / ".pgpass").chmod(0o600)
    folder = repository({"envs/local.yaml": DESCRIPTION, "seeds/a.sql": "CREATE TABLE mine (n int);\n"})
    (folder / "seeds/b.sql").write_text("INSERT INTO mine VALUES (42);\n")
    monkeypatch.setenv("LOCALENV_ENGINE", request.param)
    if request.param == "native":  # the folder with Docker's client plugins
        monkeypatch.setenv("HOME", str(home))
    for name, value in ELSEWHERE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGSERVICEFILE", str(home / ".pg_service.conf"))
    monkeypatch.setenv("PSQLRC", str(home / ".psqlrc"))
    yield folder
    assert call("down").code == 0


def test_every_client_opens_this_environment(world: Path, call):
    up = call("up", "--detach")
    assert up.code == 0, up.err

    asked = ("-Atc", "select n, current_database(), current_setting('search_path') from mine")
    connected = call("connect", "db", "--", *asked)
    inside = call("exec", "db", "--", "psql", *asked)
    script = (
        "import os, psycopg; print(psycopg.connect(os.environ['LOCALENV_DB_URL']).execute('table mine').fetchone())"
    )
    program = call("run", "--", sys.executable, "-c", script)
    with_its_own = call("run", "--as", "api", "--", sys.executable, "-c", script.replace("LOCALENV_DB_URL", "DB"))

    assert (connected.code, connected.out) == (0, '42|mine|"$user", public\n'), connected.err
    assert (inside.code, inside.out) == (0, '42|mine|"$user", public\n'), inside.err
    assert (program.code, program.out) == (0, "(42,)\n"), program.err
    assert (with_its_own.code, with_its_own.out) == (0, "(42,)\n"), with_its_own.err


@pytest.mark.parametrize("world", engines.each(compose=pytest.mark.full), indirect=True)
def test_a_program_that_is_run_against_an_environment_reaches_it(world: Path, call):
    script = (
        "import os, psycopg; print(psycopg.connect(os.environ['LOCALENV_DB_URL']).execute('table mine').fetchone())"
    )

    output = call("up", "--", sys.executable, "-c", script)

    assert (output.code, output.out) == (0, "(42,)\n"), output.err


BUCKETS = """
    services:
      api:
        image: python:3.13-slim
        command: sleep 1000
        native: {command: sleep 1000, working_dir: ..}
        environment: {AWS_ENDPOINT_URL_S3: "${store.url}"}
    needs: {store: s3}
"""
ASKED = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_REGION", "NO_PROXY")


@pytest.mark.skipif(find_spec("moto") is None, reason="the package moto is not installed")
def test_a_users_files_and_proxies_lead_no_program_away(repository, call, monkeypatch):
    repository({"envs/local.yaml": BUCKETS})
    monkeypatch.setenv("LOCALENV_ENGINE", "native")
    for name, value in {"AWS_PROFILE": "prod", "AWS_REGION": "eu-9", "http_proxy": "http://127.0.0.2:9"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert call("up", "--detach").code == 0
    script = f"import os; print([os.environ.get(name) for name in {ASKED}])"

    inside = call("exec", "api", "--", sys.executable, "-c", script)
    beside = call("run", "--as", "api", "--", sys.executable, "-c", script)

    assert call("down").code == 0
    for output in (inside, beside):
        assert ast.literal_eval(output.out)[:4] == [os.devnull, os.devnull, None, None], output.err
        assert ast.literal_eval(output.out)[4].startswith("127.0.0.1,localhost")
