"""Smoke checks with requests."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from localenv.environment.up import smoke
from localenv.errors import NotReadyError
from localenv.host import limits
from localenv.stack import Smoke
from localenv.stack.references import literal


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            return
        if self.path == "/events":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            self.rfile.read()  # until the client closes
            return
        self.send_response(200 if self.path in ("/health", "/a%20b/%C3%A4%20?q=%C3%9F") else 404)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@dataclass(frozen=True, kw_only=True)
class _Resolution:
    connection: Any
    text: Any
    mapping: Any
    resolved: Any
    answers: Any = None


@dataclass(frozen=True, kw_only=True)
class _Deployment:
    resolution: _Resolution
    identity: str = "shop-local-0123ab"


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    stack: Any
    deployment: _Deployment
    engine: Any = field(default_factory=lambda: SimpleNamespace(logs=lambda *_, **__: ()))


def check(written: str, *allowed: str, own: str = "http://127.0.0.1:1", contains: str | None = None) -> None:
    port = str(urlsplit(own).port)
    resolution = _Resolution(
        connection=lambda *_: SimpleNamespace(host="127.0.0.1", port=port),
        text=lambda template, _: str(template),
        mapping=lambda templates, _: dict(templates),
        resolved=lambda value, _: value,
    )
    checks = (Smoke(name="smoke.1", url=literal(written), contains=contains),)
    stack = SimpleNamespace(of=lambda *_: (), needs={}, ports={"api": None}, hosts=allowed, smoke=checks)
    prepared: Any = _Prepared(stack=stack, deployment=_Deployment(resolution=resolution))
    smoke.run(prepared, lambda line: None)


def test_a_proxy_of_this_machines_is_not_asked_for_what_is_on_it(url, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    check(f"{url}/health", own=url)  # raises if it fails

    with pytest.raises(NotReadyError, match=r" failed \("):
        check("http://elsewhere.invalid/health", "elsewhere.invalid")


@pytest.mark.parametrize("written", ["/health", "api:8000/health", "file:///etc/hostname"])
def test_what_is_no_url_is_said_so(written):
    with pytest.raises(NotReadyError, match="is not a URL"):
        check(written)


def test_an_answer_that_cannot_be_read_fails_the_check(url):
    with pytest.raises(NotReadyError, match=r" failed \("):
        check(f"{url}/cut", own=url)


def test_an_event_stream_in_which_nothing_is_looked_for_is_not_waited_for(url, monkeypatch):
    monkeypatch.setattr(limits, "body", lambda *_, **__: pytest.fail("read to its end"))

    check(f"{url}/events", own=url)


def test_an_event_stream_is_read_until_it_contains_what_is_looked_for(url):
    check(f"{url}/events", own=url, contains="data: 1")  # the stream does not end by itself


def test_a_path_may_have_spaces_and_letters_of_any_language(url):
    check(f"{url}/a b/ä%20?q=ß", own=url)

    with pytest.raises(NotReadyError, match=r"cut%20 returned 404"):
        check(f"{url}/cut%20", own=url)


def test_a_refused_connection_is_told_in_plain_words():
    with pytest.raises(NotReadyError, match=r"failed \(Connection refused\)"):
        check("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    "written",
    [
        "http://169.254.169.254/latest",
        "http://127.0.0.1:2/x",
        "http://localhost:22",
        "http://[::1]:80/",
        "http://127.0.0.1:1@evil.example/",
        "http://evil.example\\\\@127.0.0.1:1/",
        "http://0x7f.1/",
        "https://db.internal.example:443/",
    ],
)
def test_a_check_calls_nobody_but_the_environment_and_whom_the_user_allows(written):
    with pytest.raises(NotReadyError, match="leads to") as raised:
        check(written)

    assert "hosts: [" in raised.value.hint


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.1:PORT"])
def test_a_host_that_the_user_allows_is_called(url, allowed):
    check(f"{url}/health", allowed.replace("PORT", str(urlsplit(url).port)))
