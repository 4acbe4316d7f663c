"""Client functions: start an environment's guard, and send requests to it."""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from localenv import paths, process
from localenv.guard import where
from localenv.host import cgroup, inherited, kernel, waiting

_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "PYTHONPATH", "SSH_AUTH_SOCK", "SSL_CERT_FILE")
_KEPT_BEGINNINGS = ("LC_", "XDG_", "DOCKER_", "LOCALENV_")
_KILLED = 10.0  # seconds for a killed process to exit
_PAUSE = 0.005  # seconds between checks
_ANSWER = 10.0  # seconds for an answer that the guard can give at once
_QUICK = frozenset({"list", "adopt", "signal", "watch"})
_CHUNK = 1 << 16
_TICK = 1.0  # seconds between checks whether the guard is stopped
_LONGEST = 30  # seconds to wait for a guard that was asked to end

# the package without its __init__, whose imports a guard does not need
_PROGRAM = (
    "import sys, types; package = types.ModuleType('localenv'); package.__path__ = [sys.argv[1]]; "
    "sys.modules['localenv'] = package; from localenv.guard.serving import main; main()"
)


class NoGuard(Exception):  # noqa: N818 - named after the problem
    """No guard answers."""


class RequestRefused(Exception):  # noqa: N818 - an answer
    """The guard could not carry out a request; `errno` if the kernel gave the reason."""

    def __init__(self, message: str, errno: int | None = None) -> None:
        super().__init__(message)
        self.errno = errno


class Ending(RequestRefused):
    """The guard is removing the environment: its owner is dead, or its lease has ended."""


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


def begin(
    folder: Path,
    identity: str,
    *,
    teardown: Sequence[str],
    owner: Mapping[str, int] | None,
    lease: float | None = None,
    lock: Path | None = None,
) -> None:
    """Ensure that a guard runs and watches the owner; the caller holds the environment's lock, the file `lock`.

    `teardown` is the command that removes the environment when its owner is dead or its lease, in seconds, has ended.
    Raises NoGuard if the guard cannot start, and Ending if that removal has begun. The guard creates the folder, and
    removes it if this process is killed; its parent must exist.
    """
    with suppress(NoGuard):
        ask(folder, "adopt", owner=owner, lease=lease)
        return
    remove(folder)  # left by a guard that was killed
    settings = {
        "identity": identity,
        "folder": str(folder),
        "owner": owner,
        "lease": lease,
        "lock": str(lock) if lock else None,
        "teardown": list(teardown),
        "environment": environment(),
    }
    package = str(Path(__file__).resolve().parent.parent)
    argv = (sys.executable, "-I", "-S", "-c", _PROGRAM, package)
    invocation = process.Invocation(argv=argv, environment=environment(), folder=Path("/"))
    failed = process.background(invocation, json.dumps(settings).encode(), ready="ready")
    if failed:
        raise NoGuard(f"the guard did not start: {failed.lines[-1] if failed.lines else f'exit code {failed.code}'}")


def await_removal(folder: Path) -> None:
    """Wait while the guard removes the environment of a dead owner; the caller must not hold the lock."""
    waiting.until(lambda: not is_ending(folder), within=_LONGEST, pause=_PAUSE)


def is_ending(folder: Path) -> bool:
    """Whether the guard is removing the environment by itself."""
    try:
        return bool(ask(folder, "list")["ending"])
    except (NoGuard, RequestRefused):
        return False


def is_there(folder: Path) -> bool:
    """Whether a guard exists, without a request."""
    known = where.read(folder)
    if known:
        return known.get("boot") == kernel.boot() and kernel.started(known["pid"]) == known["start"]
    try:
        return bool(where.socket_left(folder) and ask(folder, "list"))
    except (NoGuard, RequestRefused):
        return False


def end_processes(identity: str) -> None:
    """Kill child programs that work on the environment but are not part of it: Compose, an image build."""
    for pid in kernel.marked(f"{where.MARK}={identity}"):
        end_process(pid)


def clear(folder: Path) -> None:
    """End every process of the environment except the guard."""
    try:
        ask(folder, "clear")
    except (NoGuard, RequestRefused):
        remove(folder)


def remove(folder: Path) -> list[int]:
    """End every process of the environment and its guard, even if the guard does not answer or has died.

    Returns the processes that cannot be ended, because they belong to another user or hang in the kernel.
    """
    left: list[tuple[int, int]] = []
    try:
        left += map(tuple, ask(folder, "remove").get("left", ()))
    except (NoGuard, RequestRefused):
        _end_guard(where.read(folder))
    left += survivors(folder)
    left += [(pid, kernel.started(pid)) for pid in inherited.marked(folder.name)]
    for pid, start in dict.fromkeys(left):
        _kill(pid, start)
    known = where.read(folder)
    for group in {*map(Path, known.get("groups", ())), *cgroup.named(f"localenv.{folder.name}.")}:
        cgroup.end(group)
    socket_ = known.get("socket") or where.socket_left(folder)
    for file in (socket_, paths.guard_record(folder), paths.guard_log(folder)):
        if file:
            Path(file).unlink(missing_ok=True)
    with suppress(OSError):  # missing, or not empty: kept data
        folder.rmdir()
    return [pid for pid, start in dict.fromkeys(left) if _is_known(pid, start)]


def survivors(folder: Path) -> list[tuple[int, int]]:
    """Programs left by a dead guard: pid and start."""
    known = where.read(folder)
    if not known or known.get("boot") != kernel.boot():
        return []
    return [(pid, start) for pid, start in known["children"].values() if _is_known(pid, start)]


def _end_guard(known: Mapping[str, Any]) -> None:
    """End a guard that does not answer: it ends its programs on SIGTERM, or when it is killed."""
    if not known or known.get("boot") != kernel.boot():
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not _is_known(known["pid"], known["start"]):
            return
        with suppress(ProcessLookupError):
            os.kill(known["pid"], number)
            os.kill(known["pid"], signal.SIGCONT)
        _await_end(known["pid"], known["start"], 3)


def _is_known(pid: int, start: int) -> bool:
    """Whether this exact process still runs; a reused pid must not be killed."""
    return start > 0 and kernel.started(pid) == start


def end_process(pid: int) -> bool:
    """Kill a process; returns whether it has exited: it may belong to another user, or hang in the kernel."""
    start = kernel.started(pid)
    if start >= 0:
        _kill(pid, start)
    return not _is_known(pid, start)


def _kill(pid: int, start: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except PermissionError:
        return
    except ProcessLookupError:
        pass
    _await_end(pid, start, _KILLED)


def _await_end(pid: int, start: int, seconds: float) -> None:
    waiting.until(lambda: kernel.started(pid) != start, within=seconds, pause=_PAUSE)


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
        raise NoGuard(f"the guard (process {pid}) did not answer within {limit:.0f} s")
    elif waited >= waiting.SILENT and waited < waiting.SILENT + _TICK:
        waiting.announce(f"waiting for the guard of {folder.name} (process {pid}); to end it: kill -9 {pid}")


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
        if (name in _KEPT or name.startswith(_KEPT_BEGINNINGS)) and name != where.MARK
    }
    above = str(Path(__file__).resolve().parent.parent.parent)
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, (above, kept.get("PYTHONPATH"))))
    return kept
