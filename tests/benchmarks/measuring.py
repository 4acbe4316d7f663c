"""Helpers of all benchmarks: wall and CPU time of a command, the time until URLs answer, and the table of results."""

import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LOCALENV = (sys.executable, "-m", "localenv")  # imported from the repository, from any folder
NAME = "bench"  # of every environment a benchmark starts

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # otherwise every command would compile every module again

_PAUSE = 0.01  # seconds between two requests
_LONGEST = 300  # time limit in seconds


@dataclass(frozen=True, kw_only=True)
class Row:
    """One result; `beside` is the value it is compared with, in the same unit, and `target` the upper limit."""

    what: str
    value: float
    unit: str
    beside: float | None = None
    target: float | None = None  # of the ratio if `beside` is set, else of the value

    @property
    def ratio(self) -> float | None:
        return self.value / self.beside if self.beside else None

    @property
    def is_met(self) -> bool:
        judged = self.value if self.ratio is None else self.ratio
        return self.target is None or judged <= self.target

    def __str__(self) -> str:
        digits = 0 if self.unit in {"ms", "MiB"} else 2
        cells = [f"{self.what:<58}", f"{self.value:9.{digits}f} {self.unit:<3}"]
        cells.append(f"{self.beside:9.{digits}f} {self.unit:<3}" if self.beside is not None else " " * 13)
        cells.append(f"{self.ratio:6.3f}" if self.ratio is not None else " " * 6)
        cells.append("" if self.target is None else f"<= {self.target:g} {'yes' if self.is_met else 'NO'}")
        return "  ".join(cells)


@dataclass(frozen=True, kw_only=True)
class Spent:
    """The time of a command in seconds; CPU time includes children it has waited for."""

    wall: float
    cpu: float


Benchmark = Callable[[int], Sequence[Row]]


def table(rows: Sequence[Row]) -> str:
    heading = f"{'':<58}  {'measured':<13}  {'beside':<13}  {'ratio':>6}  target"
    return "\n".join((heading, *map(str, rows)))


def main(benchmark: Benchmark, rounds: int) -> int:
    """Run a benchmark from the command line, which may set the number of rounds; returns 1 if a target is missed."""
    asked = int(sys.argv[1]) if sys.argv[1:] else rounds
    rows = benchmark(asked)
    print(table(rows))
    return int(not all(row.is_met for row in rows))


def spent(argv: Sequence[str], *, folder: Path = REPOSITORY, more: Mapping[str, str] | None = None) -> Spent:
    """Run a command without output; raises CalledProcessError with its output."""
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        child = subprocess.Popen(
            list(argv),
            cwd=folder,
            env={**os.environ, **(more or {})},
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        _check(child, output.read())
    return Spent(wall=wall, cpu=used.ru_utime + used.ru_stime)


def started(argv: Sequence[str], urls: Mapping[str, bytes], *, folder: Path = REPOSITORY) -> tuple[float, float]:
    """Seconds until every URL has answered 200 with its text in the body, and until the command has returned too."""
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        child = subprocess.Popen(list(argv), cwd=folder, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            _await_answers(child, urls, began + _LONGEST)
            answered = time.monotonic() - began
            child.wait(_LONGEST)
        except BaseException:
            child.terminate()
            child.wait(_LONGEST)
            output.seek(0)
            sys.stderr.write(output.read().decode(errors="replace"))
            raise
        returned = time.monotonic() - began
        output.seek(0)
        _check(child, output.read())
    return answered, returned


def output(argv: Sequence[str], *, folder: Path = REPOSITORY) -> str:
    """The stdout of a command; raises CalledProcessError if it fails."""
    return subprocess.run(list(argv), cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def quietly(argv: Sequence[str], *, folder: Path = REPOSITORY) -> None:
    """Run a clean-up command that may fail because nothing is left."""
    subprocess.run(list(argv), cwd=folder, capture_output=True)


@contextmanager
def images_removed(name: str) -> Iterator[None]:
    """Remove the built images of an environment when the block exits."""
    try:
        yield
    finally:
        wanted = ("docker", "image", "ls", "--quiet", "--filter", f"reference=localenv/{name}-*")
        if found := output(wanted).split():
            quietly(("docker", "image", "rm", "--force", *found))


@contextmanager
def scratch() -> Iterator[Path]:
    """A temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="localenv-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def median(rounds: int, measure: Callable[[], Spent]) -> Spent:
    """The medians of wall and of CPU time."""
    found = [measure() for _ in range(rounds)]
    return Spent(wall=statistics.median(one.wall for one in found), cpu=statistics.median(one.cpu for one in found))


def _await_answers(child: "subprocess.Popen[bytes]", urls: Mapping[str, bytes], deadline: float) -> None:
    waiting = dict(urls)
    while waiting:
        for url in list(waiting):
            if answers(url, waiting[url]):
                del waiting[url]
        if child.poll() not in (None, 0):
            raise RuntimeError(f"it failed with {child.returncode} before {', '.join(waiting)} answered")
        if time.monotonic() > deadline:
            raise TimeoutError(f"{', '.join(waiting)} never answered")
        time.sleep(_PAUSE)


def answers(url: str, text: bytes) -> bool:
    """Whether a URL answers 200 with a text in the body."""
    host, _, path = url.removeprefix("http://").partition("/")
    asked = http.client.HTTPConnection(host, timeout=1)
    try:
        asked.request("GET", f"/{path}")
        answer = asked.getresponse()
        return answer.status == http.client.OK and text in answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _check(child: "subprocess.Popen[bytes]", output: bytes) -> None:
    if child.returncode:
        sys.stderr.write(output.decode(errors="replace"))
        raise subprocess.CalledProcessError(child.returncode, child.args)
