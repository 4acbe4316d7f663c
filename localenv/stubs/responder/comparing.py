"""Compare the answers of a real server with those of the stubs that it replaces: their status, type and shape.

The stubs are asked with a header that the mapping of the real server excludes; the request is removed from the journal.
What it changes in the state of stubs goes with the comparison. Standard library only.
"""

import base64
import gzip
import http.client
import io
import json
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from localenv.host import files
from localenv.stubs.vocabulary import FIRST_STATE, OBSERVED

_TIMEOUT = 10.0  # seconds
_MOST, _MOST_KEPT = 5, 100  # differences of one answer, and requests that are kept
_NOT_FOUND = 404
_LARGEST = 64 << 20  # bytes of a body without its compression

# the stub server does not run, or the answers are nested too deeply
_STOPPED = (OSError, http.client.HTTPException, ValueError, RecursionError)
ReceivedRequest = tuple[str, str, Sequence[tuple[str, str]], bytes]  # method, path and query, headers, body


@dataclass(frozen=True, kw_only=True)
class ComparedAnswer:
    """An answer; `stub` is the name of the stub that gave it, with its file."""

    status: int
    kind: str = ""  # Content-Type
    body: bytes = b""
    stub: str = ""


class Comparison:
    """Compares answers of one upstream, and writes down those that differ."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._found: dict[str, dict[str, Any]] = {}
        self._id, self._count = uuid4().hex, 0
        self._scenarios: dict[str, str] | None = None  # the states before, by name
        self._moved: set[str] = set()

    def compare(self, asked: ReceivedRequest, real: ComparedAnswer) -> None:
        """Ask the stubs the same, and record the differences; nothing while a failure is override on the upstream."""
        if self._fails_on_purpose():
            return
        with suppress(*_STOPPED):
            if self._scenarios is None:
                known = self._ask("GET", "/scenarios").get("scenarios", ())
                self._scenarios = {one["name"]: one["state"] for one in known}
            stub = self._of_stubs(asked, real.status)
            self._record(asked, stub, list(differences(real, stub)))

    def close(self) -> None:
        """Put scenarios of stubs back into the states that they had."""
        for name in self._moved:
            with suppress(*_STOPPED):
                state = (self._scenarios or {}).get(name, FIRST_STATE)
                self._ask("PUT", f"/scenarios/{quote(name, safe='')}/state", {"state": state})

    def _of_stubs(self, asked: ReceivedRequest, status: int) -> ComparedAnswer:
        method, path, headers, body = asked
        self._count += 1
        mark = f"{status} {self._id} {self._count}"
        connection = http.client.HTTPConnection("127.0.0.1", self._settings["port"], timeout=_TIMEOUT)
        try:
            connection.request(method, path, body or None, {**dict(headers), OBSERVED: mark})
            answer = connection.getresponse()
            seen = ComparedAnswer(status=answer.status, kind=answer.getheader("Content-Type", ""), body=answer.read())
        finally:
            connection.close()
            stub = self._forget(mark)
        return replace(seen, stub=_named(stub))

    def _forget(self, mark: str) -> Mapping[str, Any]:
        """Remove a request, which only this program has made, from the journal; returns the stub that answered."""
        found = self._ask("POST", "/requests/remove", {"headers": {OBSERVED: {"equalTo": mark}}})
        stub = next((one.get("stubMapping") or {} for one in found.get("serveEvents", ()) if one["wasMatched"]), {})
        if stub.get("newScenarioState"):
            self._moved.add(stub["scenarioName"])
        return dict(stub)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask the admin API of the stub server."""
        login = base64.b64encode(self._settings["login"].encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self._settings["admin"], timeout=_TIMEOUT)
        try:
            connection.request(method, f"/__admin{path}", json.dumps(body) if body else None, headers)
            return dict(json.loads(connection.getresponse().read() or b"{}"))
        finally:
            connection.close()

    def _record(self, asked: ReceivedRequest, stub: ComparedAnswer, found: Sequence[str]) -> None:
        method, path, _, _ = asked
        key = f"{method} {path.partition('?')[0]}"
        known = self._found.pop(key, None)
        if not found and known is None:
            return
        if found:
            self._found[key] = {"request": key, "stub": stub.stub, "differences": list(found), "time": time.time()}
        for oldest in list(self._found)[: max(0, len(self._found) - _MOST_KEPT)]:
            del self._found[oldest]
        files.write(Path(self._settings["file"]), json.dumps({"observed": list(self._found.values())}))

    def _fails_on_purpose(self) -> bool:
        with suppress(OSError, ValueError, LookupError):
            known = json.loads(Path(self._settings["overrides"]).read_text())["overrides"]
            return any(one["kind"] == "fault" and one["subject"] == self._settings["upstream"] for one in known)
        return False


def decoded(body: bytes, encoding: str) -> bytes | None:
    """A body without its compression; None for one that cannot be read."""
    if encoding != "gzip":
        return None if encoding else body
    try:
        with gzip.open(io.BytesIO(body)) as opened:
            found = opened.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        return None
    return found if len(found) <= _LARGEST else None


def differences(real: ComparedAnswer, stub: ComparedAnswer) -> Iterator[str]:
    """How a stub's answer differs from the real one, in words; no values, which may be secret."""
    if not stub.stub:
        if real.status != _NOT_FOUND:  # else neither knows it
            yield "no stub answers it"
        return
    if real.status != stub.status:
        yield f"status {real.status}, the stub has {stub.status}"
    if not real.body and not stub.body:
        return
    kinds = [one.kind.partition(";")[0].strip().lower() for one in (real, stub)]
    documents = [_json(one.body) for one in (real, stub)]
    if all(known for known, _ in documents):
        found = list(_shapes("$", documents[0][1], documents[1][1]))
        yield from found[:_MOST]
        if len(found) > _MOST:
            yield f"and {len(found) - _MOST} more"
    elif kinds[0] != kinds[1] or documents[0][0] != documents[1][0]:
        yield f"type {kinds[0] or 'none'}, the stub has {kinds[1] or 'none'}"


def _named(stub: Mapping[str, Any]) -> str:
    """The name of a stub and its file; empty for none."""
    name, source = stub.get("name", ""), stub.get("metadata", {}).get("localenv", {}).get("source", "")
    return f"{name} ({source})" if name and source else name or source or stub.get("id", "")


def _shapes(path: str, real: Any, stub: Any) -> Iterator[str]:
    """Members and types that differ; a list is as its items together."""
    if _type(real) != _type(stub):
        if real is not None and stub is not None:  # either may be an optional value
            yield f"{path} is {_type(real)}, in the stub {_type(stub)}"
    elif isinstance(real, dict):
        yield from (f"{path}.{name} is missing in the stub" for name in real if name not in stub)
        yield from (f"{path}.{name} is only in the stub" for name in stub if name not in real)
        for name in real:
            if name in stub:
                yield from _shapes(f"{path}.{name}", real[name], stub[name])
    elif isinstance(real, list) and real and stub:
        yield from _shapes(f"{path}[]", _merged(real), _merged(stub))


def _merged(items: Sequence[Any]) -> Any:
    """One item with the members of all; the first, if they are no objects."""
    if all(isinstance(one, dict) for one in items):
        return {name: value for one in reversed(items) for name, value in one.items()}
    return items[0]


def _type(value: Any) -> str:
    names = {bool: "a boolean", str: "a string", dict: "an object", list: "a list", type(None): "null"}
    return names.get(type(value), "a number")


def _json(body: bytes) -> tuple[bool, Any]:
    try:
        return True, json.loads(body)
    except (ValueError, RecursionError):
        return False, None
