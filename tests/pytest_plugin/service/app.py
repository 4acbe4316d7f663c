"""A service under work for tests of the plugin: forwards requests to its upstream, and fails on request."""

import json
import os
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

SHOP = os.environ["SHOP_URL"]
RELEASED, ASKED = threading.Event(), threading.Event()


def ask(path: str, trace: str | None, host: str | None = None) -> tuple[int, str]:
    """Call the upstream; forwards the trace, like a real service, and the Host header of a proxy."""
    headers = {"traceparent": trace, "Host": host}
    request = Request(SHOP + path, headers={name: value for name, value in headers.items() if value})
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except URLError as error:
        return getattr(error, "code", 0), str(error)


def later(path: str, trace: str | None) -> None:
    time.sleep(1)
    ask(path, trace)


def held(path: str, trace: str | None) -> None:
    RELEASED.wait()
    ask(path, trace)
    ASKED.set()


DELAYED = {"later": later, "held": held}


class Service(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, _, rest = urlsplit(self.path).path.lstrip("/").partition("/")
        trace = self.headers["traceparent"]
        status, body = 200, ""
        if kind == "ask":
            status, body = ask(f"/{rest}", trace, self.headers["X-Forwarded-Host"])
            status = status or 502
        elif kind == "swallow":
            ask(f"/{rest}", trace)
        elif kind in DELAYED:
            threading.Thread(target=DELAYED[kind], args=(f"/{rest}", trace), daemon=True).start()
        elif kind == "release":
            RELEASED.set()
            ASKED.wait()
        elif kind == "boom":
            status = self.boom(rest)
        elif kind == "die":
            print("FATAL: the disk is on fire", flush=True)
            os._exit(3)
        elif kind == "devour":
            kept: list[bytes] = []
            while len(kept) < 64:  # five times its memory limit
                kept.append(os.urandom(8 << 20))
        elif kind == "say":
            print(f"they say {rest}", flush=True)
        self.answer(status, body)

    def boom(self, what: str) -> int:
        try:
            return {"a": 200}[what]
        except KeyError:
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
            return 500

    def answer(self, status: int, body: str) -> None:
        content = json.dumps({"body": body}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


print("serving", flush=True)
ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Service).serve_forever()
