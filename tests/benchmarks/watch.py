"""From a saved file to the new answer: `localenv up --watch` on both engines, and `docker compose watch` beside it.

The same service of Python, whose own start is measured with `localenv restart`. Run by hand: `python
tests/benchmarks/watch.py [ROUNDS]`.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from measuring import LOCALENV, NAME, Row, answers, images_removed, main, output, quietly, scratch

ROUNDS = 5

_PORT = 19_100  # of docker compose: below localenv's ports
_LONGEST = 60  # seconds for one change
_BETWEEN = 1.5  # seconds between two changes
_PROGRAM = """\
import http.server, os

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"VERSION")

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer((os.environ["BIND"], int(os.environ["PORT"])), Answer).serve_forever()
"""
# it ends at once on its stop signal, otherwise docker compose would wait ten seconds for each restart
_DOCKERFILE = 'FROM python:3.13-slim\nSTOPSIGNAL SIGINT\nWORKDIR /srv\nCOPY . .\nCMD ["python3", "app.py"]\n'


def benchmark(rounds: int) -> Sequence[Row]:
    with scratch() as place, images_removed(NAME):
        subprocess.run(["git", "init", "-q", str(place)], check=True)
        (place / "app").mkdir()
        (place / "app" / "Dockerfile").write_text(_DOCKERFILE)
        _write(place, "first")
        native, start = _native(place, rounds)
        compose = _ours(place, "compose", rounds)
        theirs = _theirs(place, rounds)
    return (
        Row(what="native: saved until answered, beyond its own start", value=native - start, unit="s", target=0.3),
        Row(
            what="compose: saved until answered / docker compose watch",
            value=compose,
            unit="s",
            beside=theirs,
            target=1,
        ),
        Row(what="compose: saved until answered", value=compose, unit="s", target=1.5),
    )


def _write(place: Path, version: str) -> None:
    (place / "app" / "app.py").write_text(_PROGRAM.replace("VERSION", version))


def _native(place: Path, rounds: int) -> tuple[float, float]:
    """The median of changes, and of the service's own start: from its process to its answer."""
    changes = _ours(place, "native", rounds)
    environment = {**os.environ, "BIND": "127.0.0.1", "PORT": str(_PORT)}
    starts = []
    for _ in range(rounds):
        began = time.monotonic()
        child = subprocess.Popen([sys.executable, "app.py"], cwd=place / "app", env=environment)
        starts.append(_until(f"http://127.0.0.1:{_PORT}/", b"", began))
        child.kill()
        child.wait()
    return changes, statistics.median(starts)


def _ours(place: Path, engine: str, rounds: int) -> float:
    description = {"name": NAME, "services": {"api": {"build": "../app", "command": "python3 app.py", "port": 8000}}}
    description["services"]["api"] |= {
        "environment": {"BIND": "${bind}"},
        "native": {"command": [sys.executable, "app.py"]},
    }
    (place / "envs").mkdir(exist_ok=True)
    (place / "envs" / "local.yaml").write_text(json.dumps(description))
    argv = (*LOCALENV, "up", "--watch", "--engine", engine)
    try:
        with _running(argv, place, "watching the files"):
            url = output((*LOCALENV, "open", "api", "--print"), folder=place).strip()
            return _changes(place, f"{url}/", rounds)
    finally:
        quietly((*LOCALENV, "down"), folder=place)


def _theirs(place: Path, rounds: int) -> float:
    watch = [{"path": "app", "action": "sync+restart", "target": "/srv"}]
    api = {"build": "app", "ports": [f"127.0.0.1:{_PORT}:8000"], "environment": {"BIND": "0.0.0.0", "PORT": "8000"}}
    (place / "compose.yaml").write_text(json.dumps({"services": {"api": {**api, "develop": {"watch": watch}}}}))
    compose = ("docker", "compose", "--project-name", f"{NAME}-watch")
    try:
        with _running((*compose, "up", "--watch", "--build"), place, "Watch enabled"):
            return _changes(place, f"http://127.0.0.1:{_PORT}/", rounds)
    finally:
        quietly((*compose, "down", "--rmi", "local", "--timeout", "1"), folder=place)


@contextmanager
def _running(argv: Sequence[str], place: Path, ready: str) -> Iterator[None]:
    """The command until the block exits; begins once it has printed that it is ready."""
    output = place / "output"
    with output.open("wb") as opened:
        child = subprocess.Popen(list(argv), cwd=place, stdout=opened, stderr=opened, stdin=subprocess.DEVNULL)
        try:
            _hold(lambda: ready in output.read_text(errors="replace"))
            time.sleep(_BETWEEN)
            yield
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(_LONGEST)


def _changes(place: Path, url: str, rounds: int) -> float:
    spent: list[float] = []
    _until(url, b"", time.monotonic())
    for number in range(rounds):
        version = f"version {number} {time.time()}"
        began = time.monotonic()
        _write(place, version)
        spent.append(_until(url, version.encode(), began))
        time.sleep(_BETWEEN)
    return statistics.median(spent)


def _until(url: str, text: bytes, began: float) -> float:
    _hold(lambda: answers(url, text))
    return time.monotonic() - began


def _hold(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _LONGEST
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("it never answered")
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
