"""Limit the bytes in a stub server's request journal, and have a server that ran out of memory started again.

A program of its own: `python -m localenv.stubs.limiting PORT FILE COMMAND…`; the login is in the variable LOGIN.
Standard library only. Sizes are counted by header, without transferring bodies. FILE gets the losses as JSON; COMMAND
starts the server again, and exits with 0 if it did.
"""

import base64
import http.client
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

LARGEST = 128 << 20  # bytes of request bodies in the journal; the server needs a multiple
LOGIN = "LOCALENV_STUBS_LOGIN"
_PAUSE, _LONGEST_PAUSE = 0.3, 1.0  # seconds between two looks; a busy server fills up within seconds
_SLOWER = 1.1  # how much longer the pause is than the one before while no request comes
_SHARE = 4  # a look takes at most this part of the time: the journal of a busy server is long
_LONG = 1000  # requests in a journal that may be full: it keeps its length then
_DIGITS = range(4, 10)  # of sizes worth counting: ten thousand smaller ones are less than the limit
_UNSIZED = 1_000_000  # bytes that a chunked body counts as, if it has a tenth of it
_MISSING = 1.0  # seconds without an answer, after which the server is dead
_LONGEST_WAIT = 600.0  # seconds between two attempts to start a server that was ended on purpose

RequestPattern = dict[str, Any]  # WireMock's pattern of requests


def main() -> None:
    """Look until the process is ended."""
    port, file, *command = sys.argv[1:]
    limit = JournalLimit(JournalAdmin(int(port), os.environ[LOGIN]), Losses(Path(file)))
    since, wait, pause = time.monotonic(), _MISSING, _PAUSE
    while True:
        began = time.monotonic()
        try:
            pause = _PAUSE if limit.look() else pause * _SLOWER
            since, wait = time.monotonic(), _MISSING
        except (OSError, http.client.HTTPException, ValueError):
            pause = _PAUSE
            if time.monotonic() - since > wait:
                _start_again(limit.losses, command)
                since, wait = time.monotonic(), min(2 * wait, _LONGEST_WAIT)
        pause = min(max(pause, (time.monotonic() - began) * _SHARE), _LONGEST_PAUSE)
        time.sleep(pause)


class JournalAdmin:
    """The admin API of the server."""

    def __init__(self, port: int, login: str) -> None:
        self._at = ("127.0.0.1", port)
        self._headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}

    def ask(self, method: str, path: str, body: RequestPattern | None = None) -> dict[str, Any]:
        """Send one request and return the object in its answer; raises OSError, HTTPException, ValueError."""
        connection = http.client.HTTPConnection(*self._at, timeout=30)
        try:
            connection.request(method, f"/__admin{path}", json.dumps(body) if body else None, self._headers)
            answer: dict[str, Any] = json.loads(connection.getresponse().read() or b"{}")
            return answer
        finally:
            connection.close()

    def total(self) -> int:
        """The number of requests in the journal."""
        return int(self.ask("GET", "/requests?limit=0")["meta"]["total"])

    def count(self, pattern: RequestPattern) -> int:
        """The number of requests in the journal that match a pattern."""
        return int(self.ask("POST", "/requests/count", pattern)["count"])

    def clear(self) -> None:
        """Remove all requests from the journal; removing some would return them, with their bodies."""
        self.ask("DELETE", "/requests")


class Losses:
    """What a server has lost, in a file for other commands."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, Any] = {"removed": 0, "restarts": 0, "restarted": 0.0}
        with suppress(OSError, ValueError):
            self._known |= json.loads(file.read_text())

    def removed(self, count: int) -> None:
        """Record removed requests."""
        self._known["removed"] += count
        self._write()

    def restarted(self) -> None:
        """Record a restart."""
        self._known["restarts"] += 1
        self._known["restarted"] = time.time()
        self._write()

    def _write(self) -> None:
        with suppress(OSError):  # a full disk
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps(self._known))
            new.replace(self._file)


class JournalLimit:
    """Empties a journal whose bodies exceed the limit together."""

    def __init__(self, admin: JournalAdmin, losses: Losses, largest: int = LARGEST) -> None:
        self.losses = losses
        self._admin = admin
        self._largest = largest
        self._seen = -1

    def look(self) -> bool:
        """Check the journal if it may have changed, and return whether it may; raises what `JournalAdmin.ask` does."""
        total = self._admin.total()
        may_differ = total != self._seen or self._seen >= _LONG
        if total and may_differ and self._is_full():
            total = max(total, self._admin.total())  # more have arrived
            self._admin.clear()
            self.losses.removed(total)
        self._seen = total
        return may_differ

    def _is_full(self) -> bool:
        sized = {digits: self._admin.count(_sized(digits)) for digits in _DIGITS}
        unsized = self._admin.count(_UNSIZED_BODY) * _UNSIZED
        if sum(count * 10**digits for digits, count in sized.items()) + unsized <= self._largest:
            return False
        return unsized + sum(self._bytes(digits) for digits, count in sized.items() if count) > self._largest

    def _bytes(self, digits: int) -> int:
        """About the sum of the sizes with this number of digits, by their first digit."""
        counts = {first: self._admin.count(_sized(digits, str(first))) for first in range(1, 10)}
        return sum(count * (2 * first + 1) * 10 ** (digits - 1) // 2 for first, count in counts.items())


def _sized(digits: int, first: str = "[1-9]") -> RequestPattern:
    return {"headers": {"Content-Length": {"matches": f"{first}[0-9]{{{digits - 1}}}"}}}


_UNSIZED_BODY: RequestPattern = {
    "headers": {"Transfer-Encoding": {"contains": "chunked"}},
    "bodyPatterns": [{"matches": f"(?s).{{{_UNSIZED // 10}}}.*"}],
}


def _start_again(losses: Losses, command: list[str]) -> None:
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        losses.restarted()


if __name__ == "__main__":
    main()
