"""Send requests to an environment's guard."""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localenv.guard import where
from localenv.host import kernel, waiting

_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "PYTHONPATH", "SSH_AUTH_SOCK", "SSL_CERT_FILE")
_KEPT_BEGINNINGS = ("LC_", "XDG_", "DOCKER_", "LOCALENV_")
_ANSWER = 10.0  # seconds for an answer that the guard can give at once
_QUICK = frozenset({"list", "adopt", "signal", "watch"})
_CHUNK = 1 << 16
_TICK = 1.0  # seconds between checks whether the guard is stopped


class NoGuard(Exception):  # noqa: N818 - named after the problem
    """No guard answers."""


class RequestRefused(Exception):  # noqa: N818 - an answer
    """The guard could not carry out a request; `errno` if the kernel gave the reason."""

    def __init__(self, message: str, errno: int | None = None) -> None:
        super().__init__(message)
        self.errno = errno


class Ending(RequestRefused):
    """The guard is removing the environment: its owner is dead, or its lease has ended."""


def task(name: str, *words: str) -> tuple[str, ...]:
    """The command that does one of `localenv.environment.tasks`, for a guard to run later."""
    return (sys.executable, "-P", "-m", "localenv.environment.tasks", name, *words)


def own() -> dict[str, int]:
    """This process, as the owner of an environment."""
    return {"pid": os.getpid(), "start": kernel.started(os.getpid())}


def ask(folder: Path, do: str, **more: Any) -> dict[str, Any]:
    """Send one request to the guard whose environment has its state in `folder`; raises NoGuard and RequestRefused."""
    with conversation(folder, do, **more) as answers:
        return next(answers)


@contextmanager
def conversation(folder: Path, do: str, **more: Any) -> Iterator[Iterator[dict[str, Any]]]:
    """Send a request and yield its answers; closing early ends the requested operation. Raises NoGuard and
    RequestRefused.

    A stopped guard is continued; one that does not answer counts as missing.
    """
    with socket.socket(socket.AF_UNIX) as opened:
        with _spoken():
            opened.settimeout(_TICK)
            _go_on(folder)
            opened.connect(_address(folder))
            opened.sendall(json.dumps({"do": do, **more}).encode() + b"\n")
        yield _answers(_lines(opened, folder, _ANSWER if do in _QUICK else None))


def is_there(folder: Path) -> bool:
    """Whether a guard exists, without a request."""
    known = where.read(folder)
    if known:
        return known.get("boot") == kernel.boot() and kernel.started(known["pid"]) == known["start"]
    try:
        return bool(where.socket_left(folder) and ask(folder, "list"))
    except (NoGuard, RequestRefused):
        return False


def _address(folder: Path) -> str:
    address = where.read(folder).get("socket") or where.socket_left(folder)
    if not address:
        raise NoGuard("no guard")
    return str(address)


@contextmanager
def _spoken() -> Iterator[None]:
    """Translate failures of the connection, but not those of code that handles the answers."""
    try:
        yield
    except OSError as error:
        raise NoGuard(f"the guard does not answer: {error}") from error


def _go_on(folder: Path) -> None:
    """Continue a stopped guard."""
    pid = where.read(folder).get("pid", 0)
    if pid and kernel.is_stopped(pid) and is_there(folder):
        kernel.go_on(pid)


def _lines(opened: socket.socket, folder: Path, limit: float | None) -> Iterator[bytes]:
    """Yield received lines, each within `limit` seconds; without a limit while the guard answers other requests."""
    received = b""
    while True:
        began = time.monotonic()
        while b"\n" not in received:
            with _spoken():
                try:
                    chunk = opened.recv(_CHUNK)
                except TimeoutError:
                    _go_on(folder)
                    _check_patience(folder, time.monotonic() - began, limit)
                    continue
            if not chunk:  # perhaps in the middle of an answer
                raise NoGuard("the guard closed the connection")
            received += chunk
        *lines, received = received.split(b"\n")
        yield from lines


def _check_patience(folder: Path, waited: float, limit: float | None) -> None:
    """Raise NoGuard if waiting any longer is pointless."""
    pid = where.read(folder).get("pid", 0)
    if limit is None:
        ask(folder, "list")
    elif waited >= limit:
        raise NoGuard(f"the guard (pid {pid}) did not answer within {limit:.0f} s")
    elif waited >= waiting.SILENT and waited < waiting.SILENT + _TICK:
        waiting.announce(f"waiting for the guard of {folder.name} (pid {pid}); to end it: kill -9 {pid}")


def _answers(lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        answer = json.loads(line)
        if "error" in answer:
            kind = Ending if answer.get("ending") else RequestRefused
            raise kind(answer["error"], answer.get("errno"))
        yield answer


def environment() -> dict[str, str]:
    """This process's environment without variables by which a CI runner finds processes to end."""
    kept = {
        name: text
        for name, text in os.environ.items()
        if (name in _KEPT or name.startswith(_KEPT_BEGINNINGS)) and name not in (where.MARK, where.OWNER)
    }
    above = str(Path(__file__).resolve().parent.parent.parent)
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, (above, kept.get("PYTHONPATH"))))
    return kept
