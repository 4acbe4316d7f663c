"""A program on this machine takes the place of a service; everybody reaches it under the service's name and URL."""

import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.world.debugger import Debugger, end_debugged
from tests.world.waiting import until

DESCRIPTION = """
    name: NAME
    services:
      api:
        image: python:3.13-slim
        command: python3 app.py
        port: 8000
        compose: {working_dir: /app, volumes: ["../app:/app"]}
        native: {working_dir: ../app}
        environment: {WHERE: "${self.url}", OUTSIDE: "${self.published_url}", WEB: "${web.url}"}
      web:
        image: python:3.13-slim
        command: python3 app.py
        port: 8000
        compose: {working_dir: /app, volumes: ["../app:/app"]}
        native: {working_dir: ../app}
        environment: {API: "${api.url}"}
    upstreams: {partner: {stubs: ../stubs/partner}}
    smoke: ["GET ${api.url}/"]
"""
TO_API = {"request": {"urlPath": "/"}, "response": {"proxyBaseUrl": "${api.url}"}}
PROGRAM = """
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Here(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps("here" if self.path == "/" else dict(os.environ)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Here).serve_forever()
"""
APP = Path(__file__).resolve().parent / "app" / "app.py"
RUN = ("run", "--as", "api", "--in-place", "--", "python3", "here.py")


@pytest.fixture(scope="module")
def shop(shared_world):
    world = shared_world({"stubs/partner/mappings/a.json": json.dumps(TO_API), "here.py": PROGRAM})
    world.describe(DESCRIPTION)
    world.up()
    return world


def answers(shop):
    """What the service says to this machine, to another service, and to a stub."""
    urls = {name: one["url"] for name, one in shop.status()["services"].items()}
    inside = httpx.get(f"{urls['web']}/environment").json()["API"]
    asked = httpx.get(f"{urls['web']}/call", params={"url": f"{inside}/"}).json()
    own, stub = httpx.get(f"{urls['api']}/"), httpx.get(f"{urls['partner']}/")
    return {own.text, asked.get("body", str(asked)), stub.text}


def taken(shop):
    running = shop.start(*RUN)
    running.wait_for("api runs on this machine now")
    until(lambda: httpx.get(f"{shop.url('api')}/").status_code == 200, more=lambda: running.text)
    return running


@contextmanager
def firewall(shop):
    """Drop what containers send to this machine, where such a rule can be made."""
    allowed = os.geteuid() == 0 and shutil.which("iptables") and shop.engine == "compose"
    network = ["docker", "network", "inspect", "-f", "{{slice .Id 0 12}}", f"{shop.identity}_default"]
    interface = subprocess.run(network, capture_output=True, text=True).stdout.strip() if allowed else ""
    rule = ["INPUT", "-i", f"br-{interface}", "-m", "conntrack", "--ctstate", "NEW", "-j", "DROP"]
    if not interface or subprocess.run(["iptables", "-I", *rule], capture_output=True).returncode:
        yield
        return
    try:
        yield
    finally:
        subprocess.run(["iptables", "-D", *rule], check=True)


def test_a_program_that_does_not_exist_takes_no_place(shop):
    before = shop.instances()

    for argv in ((*RUN[:-2], "no-such-program"), ("debug", "api", "--", "./missing")):
        assert "is not installed" in shop.run(*argv, code=127).err

    assert shop.instances() == before
    assert shop.status()["services"]["api"]["state"] == "running"


def test_everybody_reaches_the_program_until_it_ends(shop):
    running = taken(shop)

    with firewall(shop):
        assert answers(shop) == {'"here"'}
    api = shop.status()["services"]["api"]
    assert api["state"] == "on this machine"
    shop.run("wait", "--timeout", "20")
    assert api["detail"].startswith("answers on 127.0.0.1:")
    assert api["detail"].endswith("python3 here.py")
    assert shop.status()["state"] == "ready"
    seen = httpx.get(f"{shop.url('api')}/environment").json()
    assert (seen["WHERE"], seen["OUTSIDE"]) == (f"http://127.0.0.1:{seen['PORT']}", shop.url("api"))
    assert httpx.get(f"{seen['WEB']}/").text == '"one"'
    assert "runs on this machine already" in shop.run(*RUN, code=2).err
    assert "runs on this machine (pid" in shop.run("restart", "api", code=2).err
    assert "start api" not in shop.run("up", "--dry-run").out

    assert running.end(signal.SIGTERM) == 143
    assert answers(shop) == {'"one"'}
    assert shop.status()["services"]["api"]["state"] == "running"


def test_the_service_comes_back_when_the_command_is_killed(shop):
    running = taken(shop)

    running.kill()

    until(lambda: shop.status()["services"]["api"]["state"] == "running", seconds=30)
    assert answers(shop) == {'"one"'}


def test_the_service_comes_back_when_the_command_is_killed_before_it_has_its_place(shop):
    running = shop.start(*RUN)
    until(lambda: "api" in shop.record()["here"], more=lambda: running.text)

    running.kill()

    until(lambda: shop.status()["services"]["api"]["state"] == "running", seconds=60)
    assert answers(shop) == {'"one"'}


def test_a_breakpoint_is_hit_by_a_request_that_comes_through_another_service(shop):
    running = shop.start("debug", "api", more={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"})
    running.wait_for("attach: ", timeout=120)
    urls = {name: one["url"] for name, one in shop.status()["services"].items()}
    inside = httpx.get(f"{urls['web']}/environment").json()["API"]
    until(lambda: httpx.get(urls["api"]).status_code == 200, more=lambda: running.text)
    line = next(n for n, text in enumerate(APP.read_text().splitlines(), 1) if text == "    return 200, CODE")
    port = int(running.text.partition("debugpy listens on 127.0.0.1:")[2].split()[0])

    with Debugger(port) as debugger, ThreadPoolExecutor() as others:
        debugger.attach(shop.folder / "app/app.py", line)
        asked = others.submit(httpx.get, f"{urls['web']}/call", params={"url": f"{inside}/"}, timeout=30)
        thread = debugger.event("stopped")["threadId"]
        stack = debugger.ask("stackTrace", threadId=thread)["stackFrames"]
        debugger.ask("continue", threadId=thread)
        assert asked.result().json() == {"status": 200, "body": '"one"'}
    assert (stack[0]["name"], stack[0]["line"]) == ("code", line)

    end_debugged(running)
    assert answers(shop) == {'"one"'}


def test_a_service_that_up_leaves_out_is_awaited_here(shop):
    shop.run("down")
    output = shop.up("--without", "api")

    assert "localenv run --as api --in-place -- CMD" in output.text
    assert "not run: api does not answer" in output.text
    assert "nothing listens yet" in shop.run("wait", "api", "--timeout", "1", code=5).err
    answer = httpx.get(f"{shop.url('api')}/")
    assert answer.status_code == 503
    assert "nothing listens on 127.0.0.1:" in answer.text
    assert answers(shop) == {answer.text}
    running = taken(shop)
    assert answers(shop) == {'"here"'}
    running.end(signal.SIGTERM)
    assert httpx.get(f"{shop.url('api')}/").status_code == 503

    shop.up()

    assert answers(shop) == {'"one"'}
    assert shop.status()["state"] == "ready"
