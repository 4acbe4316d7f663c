"""The sample on the native engine, compared with Docker Compose and the lower bound, warm and alternating.

The lower bound is the time of the programs themselves: the slowest cold start among needs and stub server, then the
jobs in sequence, then the slowest service, from the events of the same runs. The rest is localenv's overhead. Run by
hand: `python tests/benchmarks/native.py [ROUNDS]`.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from measuring import LOCALENV, NAME, REPOSITORY, Row, images_removed, main, quietly, spent

from localenv import paths
from localenv.engines.choosing import ENGINES
from localenv.engines.native.supervising import BACKGROUND
from localenv.guard import client

ROUNDS = 5

_PAUSE = 0.1  # seconds between two polls
_OWN = ("local", "--name", f"{NAME}-native")
_DOWN = (*LOCALENV, "down", *_OWN)


@dataclass(frozen=True, kw_only=True)
class Round:
    """Seconds."""

    up: float
    floor: float
    down: float


def benchmark(rounds: int) -> Sequence[Row]:
    found: dict[str, list[Round]] = {name: [] for name in ENGINES}
    with ExitStack() as owed:
        owed.enter_context(images_removed(f"{NAME}-native"))
        owed.callback(quietly, _DOWN)
        for name in ENGINES:  # created once: images, prepared folders, an archive for Java
            _round(name)
        for _ in range(rounds):
            for name in ENGINES:
                found[name].append(_round(name))
    return _rows({name: _medians(some) for name, some in found.items()})


def _rows(found: Mapping[str, Round]) -> Sequence[Row]:
    native, compose = found["native"], found["compose"]
    return (
        Row(what="native: up of the sample", value=native.up, unit="s", target=2),
        Row(what="the same / compose", value=native.up, unit="s", beside=compose.up),
        Row(what="the same / its floor", value=native.up, unit="s", beside=native.floor, target=1.3),
        Row(what="native: down", value=native.down, unit="s", target=0.5),
        Row(what="the same / compose", value=native.down, unit="s", beside=compose.down),
    )


def _round(engine: str) -> Round:
    began = time.monotonic()
    argv = (*LOCALENV, "up", *_OWN, "--detach", "--json")
    done = subprocess.run(
        argv, cwd=REPOSITORY, env={**os.environ, "LOCALENV_ENGINE": engine}, check=True, stdout=subprocess.PIPE
    )
    took = time.monotonic() - began
    events = [json.loads(line) for line in done.stdout.splitlines()]
    if engine == "native":
        _settle(events[0]["environment"])
    return Round(up=took, floor=_floor(events), down=spent(_DOWN).wall)


def _settle(identity: str) -> None:
    """Wait for background work that speeds up the next start, such as copying an empty database."""
    folder = paths.state(identity)
    while any(_prepares(one) for one in client.ask(folder, "list")["children"]):
        time.sleep(_PAUSE)


def _prepares(child: Mapping[str, Any]) -> bool:
    """Whether a process works for the next start, and not as long as the environment is up."""
    return child["role"] == BACKGROUND and not child["gone"] and not child["name"].startswith(".limit.")


def _floor(events: Sequence[Mapping[str, Any]]) -> float:
    """Backing services are those started before the first job; their stubs may be loaded in parallel."""
    done = [event for event in events if event["state"] == "done" and event["seconds"] is not None]
    jobs = [event["seconds"] for event in done if event["phase"] == "job"]
    first = min(event["seq"] for event in events if event["phase"] == "job")
    began = {event["subject"]: event for event in events if event["phase"] == "start"}
    ready = [event for event in done if event["phase"] == "ready" and event["subject"]]
    took = {one["subject"]: one["time"] - began[one["subject"]]["time"] for one in ready}
    backing = max(seconds for name, seconds in took.items() if began[name]["seq"] < first)
    services = max(seconds for name, seconds in took.items() if began[name]["seq"] > first)
    return backing + sum(jobs) + services


def _medians(some: Sequence[Round]) -> Round:
    return Round(**{name: statistics.median(getattr(one, name) for one in some) for name in ("up", "floor", "down")})


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
