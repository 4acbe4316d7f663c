"""A service under work for tests: MODE selects its faults, and HTTP shows its state."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

CODE = "one"


def environment(_: dict[str, str]) -> tuple[int, object]:
    return 200, dict(os.environ)


def file(query: dict[str, str]) -> tuple[int, object]:
    try:
        return 200, Path(query["path"]).read_text()
    except OSError as error:
        return 404, str(error)


def call(query: dict[str, str]) -> tuple[int, object]:
    try:
        with urlopen(query["url"], timeout=5) as answer:
            return 200, {"status": answer.status, "body": answer.read().decode()}
    except HTTPError as answer:
        return 200, {"status": answer.code, "body": answer.read().decode()}


def health(query: dict[str, str]) -> tuple[int, object]:
    return int(os.environ.get("STATUS", "200")), "health"


def code(_: dict[str, str]) -> tuple[int, object]:
    return 200, CODE


ANSWERS = {"/environment": environment, "/file": file, "/call": call, "/health": health, "/": code}


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        status, found = ANSWERS.get(asked.path, lambda _: (404, "nothing there"))(query)
        if os.environ.get("HOST_WANTED") not in (None, self.headers["Host"]):
            status = 421
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        print(f"{self.command} {self.path}", flush=True)


def serve() -> None:
    print("serving", flush=True)
    ThreadingHTTPServer((os.environ.get("BIND", "0.0.0.0"), int(os.environ["PORT"])), Answers).serve_forever()


def serve_late() -> None:
    time.sleep(1.5)
    serve()


def wait() -> None:
    print("waiting for nothing", flush=True)
    while True:
        time.sleep(60)


def end() -> None:
    for number in range(30):
        print(f"last words {number}", flush=True)
    sys.exit(int(os.environ["CODE"]))


def serve_once() -> None:
    print("serving once", flush=True)
    HTTPServer((os.environ.get("BIND", "0.0.0.0"), int(os.environ["PORT"])), Answers).handle_request()
    sys.exit(int(os.environ["CODE"]))


def devour() -> None:
    print("devouring", flush=True)
    kept = []
    while True:
        kept.append(bytearray(os.urandom(1 << 20)) * 8)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    modes = {"serve": serve, "late": serve_late, "once": serve_once, "wait": wait, "end": end, "devour": devour}
    modes[os.environ.get("MODE", "serve")]()
