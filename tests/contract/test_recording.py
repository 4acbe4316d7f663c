"""A real recording, natively: traffic goes through to a service of the test, and the stubs of it answer alike."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import httpx
import pytest

from tests.world import engines
from tests.world.world import World, worlds

PNG = b"\x89PNG\r\n\x1a\n\0\xff" * 9000  # longer than an answer in the journal
DESCRIPTION = """
    name: NAME
    upstreams:
      payments: {stubs: ../stubs/payments}
      inventory: {}
"""
PROGRAM = """
import os, httpx
secret = {"Authorization": "Bearer s3cret-of-ours", "If-None-Match": '"known"'}
body = {"card": "4242424242424242", "email": "jane@mail.example", "amount": 1}
with httpx.Client(base_url=os.environ["LOCALENV_PAYMENTS_URL"], headers=secret) as client:
    print(client.post("/charges", json=body).json()["id"])
    print(client.get("/charges/1?token=t0ken-in-query").json()["status"])
    print(client.get("/charges/1?token=t0ken-in-query").json()["status"])
    print(len(client.get("/logo.png").content), client.get("/own").text)
    client.get("/gone")
raise SystemExit(3)
"""


class Real(BaseHTTPRequestHandler):
    """The real service: knows one charge, which is paid when it is asked for again."""

    asked: ClassVar[list[str]] = []
    sent: ClassVar[set[str]] = set()  # names of headers

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        about = {"id": "ch_1", "receipt": sent["email"], "client_secret": "s3cret-of-theirs"}
        self.answer(201, json.dumps(about).encode(), "application/json")

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.sent.update(name.lower() for name in self.headers)
        self.asked.append(path)
        if path == "/gone":
            self.close_connection = True
        elif path == "/logo.png":
            self.answer(200, PNG, "image/png")
        elif path == "/own":
            self.answer(200, b"of the real service", "text/plain")
        else:
            status = "open" if self.asked.count(path) == 1 else "paid"
            self.answer(200, json.dumps({"status": status}).encode(), "application/json")

    def answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Request-Id", "volatile")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Real) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("home")
    own = {"XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
    make: Callable[..., World]
    with worlds(partial(tmp_path_factory.mktemp, "world")) as make:
        world = make(engines.needed("native"), at="shop", own=own)
        by_hand = {"request": {"urlPath": "/own"}, "response": {"body": "by hand"}}
        world.write({"stubs/payments/mappings/own.json": json.dumps(by_hand), "program.py": PROGRAM})
        world.describe(DESCRIPTION)
        world.up()
        yield world


def files_of(root: Path) -> dict[str, bytes]:
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def test_a_recording_writes_stubs_without_secrets_that_answer_as_the_service_did(shop: World, real: str) -> None:
    root = shop.folder / "stubs/payments"
    shutil.rmtree(root / "mappings/recorded", ignore_errors=True)
    Real.asked.clear()
    own = (root / "mappings/own.json").read_bytes()

    output = shop.run("record", "payments", "--from", real, "--", sys.executable, "program.py", code=3)

    assert output.out.splitlines()[:4] == ["ch_1", "open", "paid", f"{len(PNG)} of the real service"]
    assert "5 requests: 4 stubs written" in output.out
    assert f"left out: 1 request without an answer of {real}" in output.err
    assert "authorization" in Real.sent
    assert [name for name in Real.sent if name == "if-none-match" or name.startswith("x-localenv")] == []
    written = files_of(root)
    everything = b"\n".join(written.values())
    for secret in ("4242424242424242", "jane@mail", "s3cret-of-ours", "s3cret-of-theirs", "t0ken-in-query", "volatile"):
        assert secret.encode() not in everything
    assert written["mappings/own.json"] == own
    assert [content for name, content in written.items() if name.endswith(".png")] == [PNG]
    assert shop.run("check").out.startswith("ok")

    url = shop.url("payments")  # without another `up`: what was recorded answers at once
    asked = {"card": "5555555555554444", "email": "john@mail.example", "amount": 1}
    assert httpx.post(f"{url}/charges", json=asked).json()["id"] == "ch_1"
    assert [httpx.get(f"{url}/charges/1?token=another").json()["status"] for _ in range(3)] == ["open", "paid", "paid"]
    assert httpx.get(f"{url}/logo.png").content == PNG


def test_a_second_recording_changes_only_what_differs_and_scenarios_begin_anew(shop: World, real: str) -> None:
    record = ("record", "payments", "--from", real, "--json", "--", sys.executable, "program.py")

    def states() -> list[str]:
        url = f"{shop.url('payments')}/charges/1?token=another"
        return [httpx.get(url).json()["status"] for _ in range(2)]

    Real.asked.clear()
    shop.run(*record, code=3)
    before = files_of(shop.folder / "stubs/payments")
    assert states() == ["open", "paid"]
    Real.asked.clear()

    output = shop.run(*record, code=3)

    document = json.loads(output.out[output.out.index("{") :])
    assert (document["requests"], document["written"], len(document["unchanged"])) == (5, [], 4)
    assert states() == ["open", "paid"]
    assert files_of(shop.folder / "stubs/payments") == before
    assert shop.run("stub").out == ""


def test_a_browsers_recording_becomes_stubs_by_the_same_path(shop: World) -> None:
    cookie = {"name": "Cookie", "value": "sid=s1d-s3cret"}
    entry = {
        "request": {"method": "GET", "url": "https://api.example/v1/me", "headers": [cookie]},
        "response": {"status": 200, "headers": [], "content": {"text": '{"email": "jane@mail.example"}'}},
    }  # fmt: skip
    other = {**entry, "request": {**entry["request"], "url": "https://cdn.example/x"}}
    lost = {
        "request": {**entry["request"], "url": "https://api.example/v1/lost"},
        "response": {"status": 200, "headers": [], "content": {"size": 30}},
    }
    shop.write({"api.har": json.dumps({"log": {"entries": [entry, other, lost]}})})

    assert "api.har has several hosts" in shop.run("record", "payments", "--from", "har", "api.har", code=2).err
    shop.write({"long.har": json.dumps({"log": {"entries": [other] * 10_001}})})
    refused = shop.run("record", "payments", "--from", "har", "long.har", code=2)
    assert "long.har has 10,001 requests to cdn.example; 10,000 can be recorded" in refused.err
    output = shop.run("record", "payments", "--from", "har", "api.har", "--host", "api.example")

    assert "1 request: 1 stub written" in output.out
    assert "left out: 1 request whose answer was not saved; export it with contents" in output.err
    assert not [*(shop.folder / "stubs/payments/mappings/recorded").glob("get-v1-lost-*.json")]
    [file] = (shop.folder / "stubs/payments/mappings/recorded").glob("get-v1-me-*.json")
    assert "jane" not in file.read_text()
    assert "email" in httpx.get(f"{shop.url('payments')}/v1/me").json()  # without another `up`


def test_nothing_is_saved_where_a_new_link_leads_out_of_the_repository(shop: World, tmp_path: Path) -> None:
    stubs = shop.folder / "stubs"
    kept = stubs.rename(shop.folder / "kept")
    (tmp_path / "payments").mkdir()
    stubs.symlink_to(tmp_path)
    try:
        for words in ("explain payments GET /new --save", "record payments --from http://127.0.0.1:1 -- true"):
            assert "leads out of the repository" in shop.run(*words.split(), code=None).err
    finally:
        stubs.unlink()
        kept.rename(stubs)
    assert not list(tmp_path.rglob("*.json"))


def test_what_cannot_be_recorded_is_said_before_anything_runs(shop: World) -> None:
    for words, message in {
        ("inventory", "--from", "http://127.0.0.1:1"): "inventory has no folder of stubs",
        ("payments", "--from", "api.example"): "'api.example' is not the URL of a service",
        ("payments", "--from", "https://me:secret@api.example"): "--from takes no login and no query",
        ("nobody", "--from", "https://api.example"): "unknown upstream 'nobody'",
        ("payments", "--from", "har"): "--from har needs UPSTREAM and FILE",
    }.items():
        assert message in shop.run("record", *words, code=2).err
