"""20 upstreams in one stub server of localenv compared with 20 WireMock containers.

Time: from the command until every upstream answers with its stub. Memory: the containers' cgroups without the page
cache; programs that publish their ports are not included. Run by hand: `python tests/benchmarks/upstreams.py [ROUNDS]`.
"""

import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
from measuring import LOCALENV, NAME, Row, main, output, quietly, scratch, spent, started

ROUNDS = 3

_NAMES = [f"upstream-{number:02}" for number in range(20)]
_IMAGE = "wiremock/wiremock:3.13.2"
_CONTAINERS = f"{NAME}-containers"
_FIRST_PORT = 19_000  # of the containers: below localenv's ports, and outside of Linux's ephemeral range
_MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Side:
    """One way to run all upstreams."""

    folder: Path
    up: Sequence[str]
    down: Sequence[str]
    label: str  # of its containers
    urls: dict[str, bytes]  # with the expected response of each


@dataclass(frozen=True, kw_only=True)
class Round:
    seconds: float
    memory: float  # MiB


def benchmark(rounds: int) -> Sequence[Row]:
    with scratch() as place, ExitStack() as owed:
        stubs = _stubs(place)
        sides = [owed.enter_context(_localenv(place, stubs)), owed.enter_context(_containers(place, stubs))]
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(_round(sides[0]))
            theirs.append(_round(sides[1]))
    return _rows(ours, theirs)


def _round(side: Side) -> Round:
    answered, _ = started(side.up, side.urls, folder=side.folder)
    memory = _memory(side.label)
    spent(side.down, folder=side.folder)
    return Round(seconds=answered, memory=memory)


def _rows(ours: Sequence[Round], theirs: Sequence[Round]) -> Sequence[Row]:
    def row(what: str, member: str, unit: str) -> Row:
        value, beside = (statistics.median(getattr(one, member) for one in side) for side in (ours, theirs))
        return Row(what=what, value=value, unit=unit, beside=beside, target=0.1)

    return (
        row("20 upstreams, until all answer / 20 containers", "seconds", "s"),
        row("20 upstreams, memory / 20 containers", "memory", "MiB"),
    )


def _memory(label: str) -> float:
    client = docker.from_env()
    try:
        found = client.api.containers(filters={"label": label})
        memory = [client.api.stats(one["Id"], stream=False, one_shot=True)["memory_stats"] for one in found]
    finally:
        client.close()
    # `file` in cgroups version 2, `total_cache` in version 1
    return sum(one["usage"] - one["stats"].get("file", one["stats"].get("total_cache", 0)) for one in memory) / _MIB


def _stubs(place: Path) -> dict[str, Path]:
    """A WireMock root for each upstream."""
    roots = {name: place / "stubs" / name for name in _NAMES}
    for name, root in roots.items():
        (root / "mappings").mkdir(parents=True)
        stub = {"request": {"method": "GET", "urlPath": "/hello"}, "response": {"status": 200, "body": name}}
        (root / "mappings" / "hello.json").write_text(json.dumps(stub))
    return roots


@contextmanager
def _localenv(place: Path, stubs: dict[str, Path]) -> Iterator[Side]:
    """A stopped environment; its ports are the same in every run."""
    (place / "envs").mkdir()
    (place / "envs" / "local.yaml").write_text(
        json.dumps(
            {
                "name": NAME,
                "upstreams": {
                    name: {"stubs": str(Path("..") / root.relative_to(place))} for name, root in stubs.items()
                },
            }
        )
    )
    up, down = (*LOCALENV, "up", "--detach", "--quiet"), (*LOCALENV, "down")
    try:
        spent(up, folder=place)
        status = json.loads(output((*LOCALENV, "status", "--json"), folder=place))
        spent(down, folder=place)
        urls = {f"{one['url']}/hello": one["name"].encode() for one in status["services"] if one["name"] in stubs}
        label = f"dev.localenv.environment={status['environment']}"
        yield Side(folder=place, up=up, down=down, label=label, urls=urls)
    finally:
        quietly(down, folder=place)


@contextmanager
def _containers(place: Path, stubs: dict[str, Path]) -> Iterator[Side]:
    """A container each, with the healthcheck of the image."""
    services = {
        name: {
            "image": _IMAGE,
            "volumes": [f"{root}:/home/wiremock"],
            "ports": [f"127.0.0.1:{_FIRST_PORT + number}:8080"],
        }
        for number, (name, root) in enumerate(stubs.items())
    }
    folder = place / "containers"
    folder.mkdir()
    (folder / "compose.yaml").write_text(json.dumps({"services": services}))
    compose = ("docker", "compose", "--project-name", _CONTAINERS)
    down = (*compose, "down", "--volumes", "--timeout", "1")
    urls = {f"http://127.0.0.1:{_FIRST_PORT + number}/hello": name.encode() for number, name in enumerate(stubs)}
    try:
        yield Side(
            folder=folder,
            up=(*compose, "up", "--detach"),
            down=down,
            label=f"com.docker.compose.project={_CONTAINERS}",
            urls=urls,
        )
    finally:
        quietly(down, folder=folder)


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
