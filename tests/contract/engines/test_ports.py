"""Further ports of a service, and IP addresses of their own, on both engines."""

import sys

import httpx
import psycopg
import pytest
import redis

PROGRAM = """
    import http.server, json, os, threading

    class Says(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"port": self.server.server_address[1], **os.environ}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    for name in ("METRICS_PORT", "PORT"):
        server = http.server.ThreadingHTTPServer((os.environ["BIND"], int(os.environ[name])), Says)
        threading.Thread(target=server.serve_forever).start()
"""
DESCRIPTION = """
    name: NAME
    services:
      api:
        image: python:3.13-slim
        command: python3 /srv/app/says.py
        port: 8000
        ports: {metrics: 9100, rpc: {port: 9200, scheme: grpc}}
        environment:
          BIND: "${bind}"
          METRICS_PORT: "${self.metrics.port}"
          RPC: "${self.rpc.url}"
          PUBLISHED: "${self.metrics.published_url}"
        compose: {volumes: ["../app:/srv/app"]}
        native: {working_dir: .., command: python3 app/says.py}
      other:
        image: python:3.13-slim
        command: sleep 1000
        environment: {METRICS: "${api.metrics.url}/x", CACHE: "${cache.address}", DB: "${db.address}"}
        native: {working_dir: ..}
"""
NEEDS = """
    needs:
      db: {postgres: 17, port: 5544, seed: ../seeds/a.sql}
      cache: {redis: 8, port: 6399}
"""


@pytest.fixture
def shop(world):
    shop = world(app=False)
    shop.write({"app/says.py": PROGRAM})
    return shop


def test_further_ports_and_those_of_needs_are_as_they_are_said(shop):
    shop.describe(DESCRIPTION + NEEDS)
    shop.write({"seeds/a.sql": "create table a (b int);"})
    output = shop.up().out
    api = shop.status()["services"]["api"]
    seen = httpx.get(api["ports"]["metrics"]).json()

    assert api["ports"]["metrics"] in output
    assert api["ports"]["metrics"] in shop.run("status").out
    assert api["ports"]["rpc"].startswith("grpc://127.0.0.1:")
    assert str(seen["port"]) == seen["METRICS_PORT"] != seen["PORT"]
    assert seen["PUBLISHED"] == api["ports"]["metrics"]
    asked = "import os, urllib.request; urllib.request.urlopen(os.environ['METRICS'])"
    shop.run("exec", "other", "--", "python3", "-c", asked)
    found = shop.run("run", "--", "printenv", "LOCALENV_API_METRICS_URL").out.strip()
    assert found == api["ports"]["metrics"] == shop.run("open", "api.metrics", "--print").out.strip()

    addresses = shop.run("exec", "other", "--", "sh", "-c", "echo $CACHE $DB").out.split()
    if shop.engine == "compose":
        assert addresses == ["cache:6399", "db:5544"]
    assert shop.run("connect", "cache", "--", "ping").out.strip() == "PONG"
    assert "(0 rows)" in shop.run("connect", "db", "--", "-c", "select * from a").out


def test_two_things_at_addresses_of_their_own_have_their_ports(shop):
    shop.describe(
        DESCRIPTION.replace("port: 8000", "port: 8000\n        address: own", 1)
        + """
    needs:
      db: {postgres: 17, address: own, port: 5544}
      more: {redis: 8, address: own}
      cache: {redis: 8, port: 6399, address: own}
    upstreams:
      payments: {address: own, port: 8080}
"""
    )
    shop.up()
    services = shop.status("--secrets")["services"]
    where = {name: (services[name]["host"], services[name]["port"]) for name in services if name != "other"}

    expected = {"api": 8000, "db": 5544, "more": 6379, "cache": 6399, "payments": 8080}
    assert {name: port for name, (_, port) in where.items()} == expected
    if sys.platform == "linux":
        assert len({host for host, _ in where.values()}) == 5
        assert all(host.startswith("127.8.") for host, _ in where.values())
    with psycopg.connect(services["db"]["url"]) as db:
        assert db.execute("select 1").fetchone() == (1,)
    for need in ("more", "cache"):
        with redis.Redis.from_url(services[need]["url"]) as cache:
            assert cache.ping()
    assert httpx.get(services["api"]["url"]).json()["PORT"] == "8000"
    assert httpx.get(services["api"]["ports"]["metrics"]).json()["port"] == 9100
    assert httpx.get(f"{services['payments']['url']}/x").status_code == 404
    assert "payments" in shop.run("requests", "payments").out
