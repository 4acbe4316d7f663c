"""How soon an override is in force, and whether slow answers hold up an unrelated upstream; on the native engine.

In force: from the moment that the call which lays it has returned until a client sees it. Held up: how much later an
unrelated stub answers while 100 answers of one second are on their way. Run by hand: `python
tests/benchmarks/overrides.py [ROUNDS]`.
"""

import http.client
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from measuring import LOCALENV, NAME, Row, main, quietly, scratch, spent

from localenv import Environment, Request, look
from localenv.environment.locating import locate

ROUNDS = 5
_SLOW, _LOOKS = 100, 20
_DESCRIPTION = {
    "name": NAME,
    "upstreams": {"payments": {"stubs": "../stubs"}, "inventory": {"stubs": "../stubs"}},
    "flags": {"new_checkout": False},
}
_STUB = {"request": {"urlPath": "/hello"}, "response": {"body": "hello"}}


def benchmark(rounds: int) -> Sequence[Row]:
    with scratch() as place:
        _write(place)
        down = (*LOCALENV, "down")
        try:
            spent((*LOCALENV, "up", "--detach", "--quiet", "--engine", "native"), folder=place)
            found = look(Request(target=locate(None, place)))
            return [*_in_force(found, rounds), _held_up(found)]
        finally:
            quietly(down, folder=place)


def _write(place: Path) -> None:
    (place / "envs").mkdir()
    (place / "envs" / "local.yaml").write_text(json.dumps(_DESCRIPTION))
    (place / "stubs" / "mappings").mkdir(parents=True)
    (place / "stubs" / "mappings" / "hello.json").write_text(json.dumps(_STUB))


def _in_force(found: Environment, rounds: int) -> Sequence[Row]:
    payments, flags = found.url("payments") + "/hello", found.url("flags") + "/ofrep/v1/evaluate/flags/new_checkout"
    laid, removed, set_ = [], [], []
    for _ in range(rounds):
        with found.upstream("payments").fault(status=503):
            laid.append(_until(lambda: _status(payments) == http.client.SERVICE_UNAVAILABLE))
        removed.append(_until(lambda: _status(payments) == http.client.OK))
        with found.flags.set(new_checkout=True):
            set_.append(_until(lambda: b"true" in _answer(flags, "POST", b'{"context": {}}')))
    what = {"a failure": laid, "its end": removed, "a flag": set_}
    return [
        Row(what=f"in force after the call: {name}", value=statistics.median(some) * 1000, unit="ms", target=50)
        for name, some in what.items()
    ]


def _held_up(found: Environment) -> Row:
    slow, other = found.url("payments") + "/hello", found.url("inventory") + "/hello"
    alone = _median(other)
    with found.upstream("payments").fault(slow=1), ThreadPoolExecutor(_SLOW) as pool:
        waiting = [pool.submit(_status, slow) for _ in range(_SLOW)]
        time.sleep(0.3)  # until all are on their way
        beside = _median(other)
        assert not any(one.done() for one in waiting)
    return Row(what="an answer later beside 100 of one second", value=(beside - alone) * 1000, unit="ms", target=50)


def _median(url: str) -> float:
    return statistics.median(_until(lambda: _status(url) == http.client.OK) for _ in range(_LOOKS))


def _until(happens: Callable[[], bool]) -> float:
    """Seconds until something has happened."""
    began = time.perf_counter()
    while not happens():
        pass
    return time.perf_counter() - began


def _status(url: str) -> int:
    return _asked(url, "GET", None)[0]


def _answer(url: str, method: str, body: bytes) -> bytes:
    return _asked(url, method, body)[1]


def _asked(url: str, method: str, body: bytes | None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, parts.path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
