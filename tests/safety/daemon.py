"""A Docker engine of the tests' own, that may be stopped: in a network of its own, where it harms nobody else's."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from localenv.host import kernel

IMAGE = "localenv-test:1"  # holds `sleep`, and what that needs
DESCRIBED = f"""
name: NAME
services:
  first: {{image: {IMAGE!r}, command: sleep 600}}
  api: {{image: {IMAGE!r}, command: sleep 600, depends_on: [first]}}
"""
_COPY = "tar -chf - $(command -v sleep) $(ldd $(command -v sleep) | grep -o '/[^ ]*') 2>/dev/null"
_LONGEST = 30.0  # seconds to come up, or to end
# without a network of its own it would remove the bridge of the engine that is there
_BEGIN = "ip link set lo up; exec dockerd --bridge none --iptables=false --ip6tables=false"


class Unavailable(Exception):  # noqa: N818 - says why
    """No second engine can run here."""


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """A Docker engine that runs; `host` is for DOCKER_HOST."""

    pid: int
    host: str

    def stop(self) -> None:
        """It stands still: calls are taken by the kernel, and nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """It does all that it was asked for meanwhile."""
        os.kill(self.pid, signal.SIGCONT)


@contextmanager
def running() -> Iterator[Daemon]:
    """An engine that has one image and is gone afterwards, with all that it had; raises Unavailable."""
    folder = Path(tempfile.mkdtemp(prefix="engine-", dir="/tmp"))
    try:
        with (folder / "log").open("wb") as log:
            child = subprocess.Popen(_argv(folder), env=_environment(), stdout=log, stderr=log, start_new_session=True)
        daemon = Daemon(pid=child.pid, host=f"unix://{folder}/docker.sock")
        try:
            _come_up(child, daemon.host, folder / "log")
            yield daemon
        finally:
            _end(child, daemon)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _argv(folder: Path) -> list[str]:
    if os.getuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        raise Unavailable("a second Docker engine needs root, unshare and ip")
    places = f"--data-root {folder}/data --exec-root {folder}/exec --pidfile {folder}/pid"
    return ["unshare", "--net", "sh", "-c", f"{_BEGIN} {places} --host unix://{folder}/docker.sock"]


def _environment() -> dict[str, str]:
    """With the programs of Docker in the path, also where only the engine that runs knows where they are."""
    if shutil.which("dockerd"):
        return dict(os.environ)
    for pid in kernel.processes():
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text() == "dockerd\n":
                own = dict(line.split("=", 1) for line in Path(f"/proc/{pid}/environ").read_text().split("\0") if line)
                return {**os.environ, "PATH": f"{Path(f'/proc/{pid}/exe').readlink().parent}:{own['PATH']}"}
    raise Unavailable("there is no dockerd to be found")


def _come_up(child: "subprocess.Popen[bytes]", host: str, log: Path) -> None:
    end = time.monotonic() + _LONGEST
    while not _answers(host):
        if child.poll() is not None or time.monotonic() > end:
            raise Unavailable(f"a second Docker engine does not come up: {log.read_text().splitlines()[-1:]}")
        time.sleep(0.05)
    copy = ["docker", "run", "--rm", "--entrypoint", "sh", "redis:8", "-c", _COPY]
    copied = subprocess.run(copy, stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["docker", "-H", host, "import", "-", IMAGE], input=copied, capture_output=True, check=True)


def _answers(host: str) -> bool:
    return subprocess.run(["docker", "-H", host, "version"], capture_output=True, check=False).returncode == 0


def _end(child: "subprocess.Popen[bytes]", daemon: Daemon) -> None:
    with suppress(ProcessLookupError):
        daemon.go_on()
    child.terminate()
    try:
        child.wait(_LONGEST)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
