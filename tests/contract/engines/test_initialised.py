"""`localenv init`, then `localenv up`, in repositories that have no description, ends with a service that answers."""

import subprocess
import sys

import httpx
import pytest

from tests.world import engines

FASTAPI = {
    "Dockerfile": """
        FROM python:3.13-slim
        WORKDIR /srv
        COPY requirements.txt .
        RUN pip install -r requirements.txt
        COPY . .
        EXPOSE 8000
        CMD ["uvicorn", "orders.main:app", "--host", "0.0.0.0", "--port", "8000"]
    """,
    "requirements.txt": "fastapi\nuvicorn\nalembic\npsycopg[binary]\n",
    "orders/main.py": """
        import os
        import psycopg
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/health")
        def health():
            return {"secret": len(os.environ["SECRET_KEY"]) > 8}

        @app.get("/orders")
        def orders():
            with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
                return [sku for sku, in connection.execute("SELECT sku FROM orders")]
    """,
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": """
        import os
        from alembic import context
        from sqlalchemy import create_engine

        url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
        with create_engine(url).connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()
    """,
    "migrations/versions/1_orders.py": """
        from alembic import op

        revision = "1"
        down_revision = None

        def upgrade():
            op.execute("CREATE TABLE orders (sku text)")
            op.execute("INSERT INTO orders VALUES ('lamp')")
    """,
}
SERVER = """
import json, os, socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        found = {}
        for name in ("CACHE_URL", "RATES_URL"):
            url = urlsplit(os.environ[name])
            socket.create_connection((url.hostname, url.port or 80), 5).close()
            found[name] = url.scheme
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

HTTPServer((os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8000"))), Answers).serve_forever()
"""
COMPOSE = {
    "compose.yaml": """
        services:
          web:
            build: ./web
            ports: ["8000:8000"]
            environment: {CACHE_URL: "redis://cache:6379/0", RATES_URL: "http://rates:9000", HOST: 0.0.0.0}
            depends_on: [cache, rates, prepare]
          rates: {build: ./web, command: python -m http.server --bind 0.0.0.0 9000, expose: ["9000"]}
          prepare: {build: ./web, command: "python -c 'print(1)'", restart: "no", container_name: setup}
          cache: {image: "redis:8", command: redis-server --appendonly yes, volumes: ["data:/data"]}
        volumes: {data: {}}
    """,
    "web/Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD python server.py\n",
    "web/server.py": SERVER,
}
NODE = {
    "package.json": '{"name": "hello", "scripts": {"start": "node server.js"}, "engines": {"node": ">=18"}}',
    "server.js": """
        const http = require('http')
        const port = process.env.PORT || 3000
        http.createServer((request, response) => {
          response.end(JSON.stringify({greeting: process.env.GREETING}))
        }).listen(port, process.env.HOST || '127.0.0.1')
    """,
    ".env.example": "GREETING=hello\n",
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Packages can be installed on this machine."""
    folder = tmp_path_factory.mktemp("packages")
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), "alembic"]
    if subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("no packages can be downloaded here")


def started(world, files):
    """A repository with these files, initialised and up."""
    one = world(files, app=False, name="hello")
    one.run("init")
    one.up()
    return one


@pytest.mark.parametrize("engine", engines.each(native=pytest.mark.full), indirect=True, scope="session")
def test_fastapi_with_alembic_and_postgresql_and_a_dockerfile_alone(world, packages):
    one = started(world, FASTAPI)

    assert one.get("/orders") == ["lamp"]
    assert one.get("/health") == {"secret": True}


def test_a_compose_file_alone(world):
    one = started(world, COMPOSE)

    assert httpx.get(one.url("web")).json() == {"CACHE_URL": "redis", "RATES_URL": "http"}
    assert one.status()["services"]["cache"]["role"] == "need"


def test_a_project_of_node_with_neither(world):
    one = started(world, NODE)

    assert httpx.get(one.url("web")).json() == {"greeting": "hello"}
