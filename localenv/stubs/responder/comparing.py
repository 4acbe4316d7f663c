"""Compare the answers of a real server with those of the stubs that it replaces: their status, type and shape.

The stubs are asked with a header that the mapping of the real server excludes; the request is removed from the journal.
Standard library only.
"""

import base64
import gzip
import http.client
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localenv.host import files
from localenv.stubs.vocabulary import OBSERVED

_TIMEOUT = 10.0  # seconds
_MOST, _MOST_KEPT = 5, 100  # differences of one answer, and requests that are kept
_NO_STUB = 404

ReceivedRequest = tuple[str, str, Sequence[tuple[str, str]], bytes]  # method, path and query, headers, body


@dataclass(frozen=True, kw_only=True)
class ComparedAnswer:
    """An answer; `stub` is the id of the stub that gave it."""

    status: int
    kind: str = ""  # Content-Type
    body: bytes = b""
    stub: str = ""


class Comparison:
    """Compares answers of one upstream, and writes down those that differ."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._found: dict[str, dict[str, Any]] = {}

    def compare(self, asked: ReceivedRequest, real: ComparedAnswer) -> None:
        """Ask the stubs the same, and record the differences; nothing while a failure is override on the upstream."""
        if self._fails_on_purpose():
            return
        with suppress(OSError, http.client.HTTPException, ValueError):  # the stub server is stopped
            stub = self._of_stubs(asked)
            self._record(asked, stub, list(differences(real, stub)))

    def _of_stubs(self, asked: ReceivedRequest) -> ComparedAnswer:
        method, path, headers, body = asked
        connection = http.client.HTTPConnection("127.0.0.1", self._settings["port"], timeout=_TIMEOUT)
        try:
            connection.request(method, path, body or None, {**dict(headers), OBSERVED: "yes"})
            answer = connection.getresponse()
            kind, stub = answer.getheader("Content-Type", ""), answer.getheader("Matched-Stub-Id", "")
            return ComparedAnswer(status=answer.status, kind=kind, body=answer.read(), stub=stub)
        finally:
            connection.close()
            self._forget()

    def _forget(self) -> None:
        """Remove the request from the journal: nobody but this program has made it."""
        self._ask("POST", "/requests/remove", {"headers": {OBSERVED: {"equalTo": "yes"}}})

    def _name(self, stub: str) -> str:
        """The name of a stub and its file, by its id."""
        if not stub:
            return ""
        found = self._ask("GET", f"/mappings/{stub}")
        name, source = found.get("name", ""), found.get("metadata", {}).get("localenv", {}).get("source", "")
        return f"{name} ({source})" if name and source else name or source or stub

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
            named = self._name(stub.stub)
            self._found[key] = {"request": key, "stub": named, "differences": list(found), "time": time.time()}
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
    try:
        return gzip.decompress(body) if encoding == "gzip" else None if encoding else body
    except (OSError, EOFError):
        return None


def differences(real: ComparedAnswer, stub: ComparedAnswer) -> Iterator[str]:
    """How a stub's answer differs from the real one, in words; no values, which may be secret."""
    if stub.status == _NO_STUB and not stub.stub:
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
    except ValueError:
        return False, None
