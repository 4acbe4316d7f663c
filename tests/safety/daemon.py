"""A separate Docker engine that tests may stop, in its own network namespace so that it affects no other."""

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

IMAGE = "localenv-test:1"  # contains `sleep` and its libraries
DESCRIBED = f"""
name: NAME
services:
  first: {{image: {IMAGE!r}, command: sleep 600}}
  api: {{image: {IMAGE!r}, command: sleep 600, depends_on: [first]}}
"""
_COPY = "tar -chf - $(command -v sleep) $(ldd $(command -v sleep) | grep -o '/[^ ]*') 2>/dev/null"
_LONGEST = 30.0  # seconds to start, or to exit
# without its own network namespace it would remove the bridge of the existing engine
_BEGIN = "ip link set lo up; exec dockerd --bridge none --iptables=false --ip6tables=false"


class Unavailable(Exception):  # noqa: N818 - says why
    """No second engine can run here."""


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """A running Docker engine; `host` is for DOCKER_HOST."""

    pid: int
    host: str

    def stop(self) -> None:
        """Stop it: the kernel accepts connections, and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Continue it: it carries out all requests received meanwhile."""
        os.kill(self.pid, signal.SIGCONT)


@contextmanager
def running() -> Iterator[Daemon]:
    """A running engine with one image, removed afterwards with everything in it; raises Unavailable."""
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
    """Variables with Docker's programs on PATH, also where only the running engine knows their location."""
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
