"""Set the scenario of a rate limit back when its window ends: a program of its own, for as long as the override stays.

A window begins with its first request. Standard library only.
"""

import base64
import http.client
import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from localenv.host.waiting import looks
from localenv.stubs.vocabulary import FIRST_STATE

LOGIN = "LOCALENV_STUBS_LOGIN"  # USER:PASSWORD
_PAUSE = 0.05  # seconds between two looks


def main(port: int, scenario: str, window: float, record: Path, override: str) -> None:
    """Run until the override is no longer in the record."""
    began: float | None = None
    for _ in looks(pause=min(_PAUSE, window / 2)):
        if override not in _text(record):
            return
        with suppress(OSError, ValueError, LookupError, http.client.HTTPException):  # the server is stopped
            if began is None:
                began = time.monotonic() if _state(port, scenario) != FIRST_STATE else None
            elif time.monotonic() - began >= window:
                _ask(port, "PUT", f"/scenarios/{scenario}/state", {"state": FIRST_STATE})
                began = None


def _state(port: int, scenario: str) -> str:
    known = json.loads(_ask(port, "GET", "/scenarios"))["scenarios"]
    return next((str(one["state"]) for one in known if one["name"] == scenario), FIRST_STATE)


def _ask(port: int, method: str, path: str, body: object = None) -> bytes:
    login = base64.b64encode(os.environ[LOGIN].encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, f"/__admin{path}", None if body is None else json.dumps(body), headers)
        return connection.getresponse().read()
    finally:
        connection.close()


def _text(record: Path) -> str:
    try:
        return record.read_text()
    except OSError:
        return ""


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), Path(sys.argv[4]), sys.argv[5])
