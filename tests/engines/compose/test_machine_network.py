"""A service on the host network, allowed by the user: it reaches the others at their published ports."""

import json
import os
from pathlib import Path

import httpx
import pytest

from localenv import state
from tests.world.world import World

pytestmark = pytest.mark.docker

DESCRIBED = """
name: NAME
services:
  api:
    image: python:3.13-slim
    command: python app.py ${bind} ${port} ${self.url}
    port: 8000
    environment: {CACHE: "${cache.address}", CERTIFICATE: "${greeting.path}"}
    compose: {network_mode: host, working_dir: /app, volumes: ["..:/app"]}
needs:
  cache: redis
configs:
  greeting: {content: hello}
jobs:
  ask: {command: [python, -c, ASKING], service: api}
"""
APP = """
import http.server, json, os, sys
class Tells(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        answer = {"arguments": sys.argv[1:], "port": os.environ["PORT"], "cache": os.environ["CACHE"]}
        self.wfile.write(json.dumps(answer | {"config": open(os.environ["CERTIFICATE"]).read()}).encode())
http.server.HTTPServer((sys.argv[1], int(sys.argv[2])), Tells).serve_forever()
"""
ASK = (
    "import os, socket; host, port = os.environ['CACHE'].split(':'); "
    "cache = socket.create_connection((host, int(port))); cache.sendall(b'PING\\r\\n'); "
    "assert cache.recv(7) == b'+PONG\\r\\n'"
)


@pytest.fixture
def described(world: World) -> World:
    world.describe(DESCRIBED.replace("ASKING", json.dumps(ASK)))
    (world.folder / "app.py").write_text(APP)
    return world


def test_it_is_refused_unless_the_user_allows_it(described: World) -> None:
    refused = described.run("up", "--detach", code=2)

    assert "service 'api' may not use 'network_mode': it gives the container this machine's network" in refused.err
    assert not described.left()


def test_it_listens_where_others_are_published_and_reaches_them_there(described: World) -> None:
    settings = Path(os.environ["XDG_CONFIG_HOME"]) / "localenv/config.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"allow:\n  {described.folder}: {{permissions: [network_mode]}}\n")

    described.run("up", "--detach")

    ports = state.load(described.identity).ports  # type: ignore[union-attr]
    answer = httpx.get(f"http://127.0.0.1:{ports['api']}/").json()
    assert answer["arguments"] == ["127.0.0.1", str(ports["api"]), f"http://127.0.0.1:{ports['api']}"]
    assert answer["port"] == str(ports["api"])
    assert answer["cache"] == f"127.0.0.1:{ports['cache']}"
    assert answer["config"] == "hello"
    assert "network_mode" in described.run("plan").out
    described.run("down")
    assert not described.left()
