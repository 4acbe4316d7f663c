"""Create the archive that halves Java's start-up time: runs the program once, and ends it.

Run as a script, by `-I -S`: `training.py ARCHIVE USER:PASSWORD JAVA ARGUMENT…`; `{out}` in an argument is the file that
Java writes. Standard library only. A failure leaves no archive, and a marker file that prevents another attempt.
"""

import base64
import ctypes
import fcntl
import json
import re
import signal
import subprocess
import sys
import urllib.request
import zlib
from contextlib import suppress
from pathlib import Path

_TIMEOUT = 120.0  # seconds for everything
_PORT = re.compile(rb"^port: +(\d+)", re.M)
_HOST = "trained.invalid"


def main() -> None:
    """Train, unless another process does."""
    archive, login, *argv = sys.argv[1:]
    named = Path(archive)
    signal.alarm(int(_TIMEOUT))  # ends this process, and Java with it
    with named.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        out = named.with_name(f".{named.name}.new")
        out.unlink(missing_ok=True)
        try:
            _train([word.replace("{out}", str(out)) for word in argv], login)
            out.replace(named.with_name(f"{named.stem}-{zlib.crc32(out.read_bytes()):08x}{named.suffix}"))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            out.unlink(missing_ok=True)
            named.with_suffix(".failed").write_text(f"{error}\n")


def _train(argv: list[str], login: str) -> None:
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=_end_with_parent) as java:
        try:
            assert java.stdout is not None
            output = b""
            while not (found := _PORT.search(output)):
                line = java.stdout.readline()
                if not line:
                    raise ValueError(output.decode(errors="replace"))
                output += line
            _exercise(f"http://127.0.0.1:{int(found[1])}", login)
            java.communicate(timeout=_TIMEOUT)
        finally:
            java.kill()


def _exercise(url: str, login: str) -> None:
    """Send typical requests, so that their classes are loaded: stubs, a body file, requests, the journal."""
    request = {"method": "GET", "urlPathPattern": "/a/.*", "headers": {"Host": _hosts()}, "queryParameters": {}}
    stub = {"request": request, "response": {"jsonBody": {"a": "{{request.path}}"}}, "metadata": {"localenv": {}}}
    stub["response"]["transformers"] = ["response-template"]  # type: ignore[index]
    posted = {"request": {"method": "POST", "urlPath": "/b", "bodyPatterns": [{"matchesJsonPath": "$.a"}]}}
    mappings = {"mappings": [stub, _of_contract(), posted | {"response": {"status": 201, "body": "b"}}]}
    admin = f"{url}/__admin"
    _ask("GET", f"{admin}/health", login)
    _ask("POST", f"{admin}/mappings/find-by-metadata", login, {"matchesJsonPath": "$.localenv"})
    _ask("PUT", f"{admin}/files/a/b.json", login, {"a": 1})
    _ask("POST", f"{admin}/mappings/import", login, mappings)
    _ask("GET", f"{url}/a/b", login, host=_HOST)
    _ask("POST", f"{url}/b", login, {"a": 1}, host=_HOST)
    _ask("POST", f"{url}/c/1?d=2", login, {"a": 1}, host=_HOST)
    _ask("GET", f"{url}/nothing", login, host=_HOST)
    _ask("GET", f"{admin}/requests?limit=1", login)
    _ask("GET", f"{admin}/requests/unmatched/near-misses", login)
    _ask("POST", f"{admin}/requests/count", login, {"headers": {"Host": _hosts()}})
    _ask("GET", f"{admin}/scenarios", login)
    _ask("GET", f"{admin}/files", login)
    _ask("POST", f"{admin}/shutdown", login)


def _of_contract() -> dict[str, object]:
    """A stub as a contract's: by a template of paths, its parameters, and a schema of its body."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    request = {
        "method": "POST",
        "urlPathTemplate": "/c/{id}",
        "pathParameters": {"id": {"matches": r"\d+"}},
        "queryParameters": {"d": {"or": [{"absent": True}, {"matches": r"\d+"}]}},
        "headers": {"Content-Type": {"matches": "(?i)application/.*"}, "Prefer": {"absent": True}},
        "bodyPatterns": [{"matchesJsonSchema": json.dumps(schema), "schemaVersion": "V202012"}],
    }
    response = {"status": 201, "headers": {"Content-Type": "application/json"}, "body": "{}"}
    return {"name": "c", "priority": 45, "request": request, "response": response}


def _hosts() -> dict[str, object]:
    return {"or": [{"matches": rf"(?i){re.escape(_HOST)}\.?(:[0-9]+)?"}, {"equalTo": "a", "caseInsensitive": True}]}


def _ask(method: str, url: str, login: str, body: object = None, host: str = "") -> None:
    headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} | ({"Host": host} if host else {})
    content = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, method=method, data=content, headers=headers)  # noqa: S310 - this machine's
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with suppress(urllib.error.HTTPError), opener.open(asked, timeout=_TIMEOUT) as answer:
        answer.read()


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    main()
