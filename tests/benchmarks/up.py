"""`localenv up` of the sample against `docker compose up -d` of the folder that `localenv render` ejects from it.

Both from nothing, images built, in turns; the clock stops when `GET /health` of the API answers this machine with 200.
Then localenv once more, with nothing to do (Compose would run the finished jobs again), and the end of it all.
Run by hand: `python tests/benchmarks/up.py [ROUNDS]`.
"""

import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from measuring import LOCALENV, NAME, REPOSITORY, Row, images_removed, main, output, quietly, scratch, spent, started

ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class Side:
    """One way to bring the sample up."""

    folder: Path
    up: Sequence[str]
    down: Sequence[str]
    health: str  # a URL


@dataclass(frozen=True, kw_only=True)
class Round:
    """Seconds."""

    answered: float  # until the API answered
    returned: float  # until the command returned
    down: float


def benchmark(rounds: int) -> Sequence[Row]:
    with ExitStack() as owed:
        sides = [owed.enter_context(_localenv()), owed.enter_context(_compose())]
        ours, theirs = [], []
        again: list[float] = []
        for _ in range(rounds):
            ours.append(_round(sides[0], again))
            theirs.append(_round(sides[1]))
    return _rows(ours, theirs, statistics.median(again))


def _round(side: Side, again: list[float] | None = None) -> Round:
    """From nothing to nothing; with `again` the seconds of a second `up` between are noted there."""
    answered, returned = started(side.up, {side.health: b""}, folder=side.folder)
    if again is not None:
        again.append(spent(side.up, folder=side.folder).wall)
    return Round(answered=answered, returned=returned, down=spent(side.down, folder=side.folder).wall)


def _rows(ours: Sequence[Round], theirs: Sequence[Round], again: float) -> Sequence[Row]:
    def row(what: str, member: str, target: float | None = None) -> Row:
        value, beside = (statistics.median(getattr(one, member) for one in side) for side in (ours, theirs))
        return Row(what=what, value=value, unit="s", beside=beside, target=target)

    return (
        row("up of the sample, until its API answers / compose up -d", "answered", target=1),
        row("the same, until the command returns (localenv: smoke too)", "returned"),
        Row(what="second up, nothing differs", value=again, unit="s", target=0.5),
        row("down / compose down -v -t 1", "down"),
    )


@contextmanager
def _localenv() -> Iterator[Side]:
    """Down, with its images built; where it is published is the same from run to run."""
    own = ("local", "--name", NAME)
    up, down = (*LOCALENV, "up", *own, "--detach", "--quiet"), (*LOCALENV, "down", *own)
    with images_removed(NAME):
        try:
            spent(up)
            services = json.loads(output((*LOCALENV, "status", *own, "--json")))["services"]
            spent(down)
            url = next(one["url"] for one in services if one["name"] == "api")
            yield Side(folder=REPOSITORY, up=up, down=down, health=f"{url}/health")
        finally:
            quietly(down)


@contextmanager
def _compose() -> Iterator[Side]:
    """The ejected folder, down, with its images built."""
    name = f"{NAME}-ejected"
    compose = ("docker", "compose", "--project-name", name)
    down = (*compose, "down", "--volumes", "--timeout", "1")
    with images_removed(name), scratch() as place:
        folder = place / "ejected"
        output((*LOCALENV, "render", str(folder), "--env", "local", "--name", name))
        try:
            spent((*compose, "build"), folder=folder)
            told = json.loads(output((*compose, "config", "--format", "json"), folder=folder))
            port = told["services"]["api"]["ports"][0]["published"]
            yield Side(
                folder=folder, up=(*compose, "up", "--detach"), down=down, health=f"http://127.0.0.1:{port}/health"
            )
        finally:
            quietly(down, folder=folder)


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
