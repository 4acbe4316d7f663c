"""`localenv up` of a repository compared with `docker compose up -d` of its ejected folder (`localenv render`)."""

import json
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from measuring import LOCALENV, NAME, Row, images_removed, output, quietly, scratch, spent, started

_PREPARES_AFTER, _PAUSE = 7.0, 0.5  # seconds


@dataclass(frozen=True, kw_only=True)
class Side:
    """One way to bring up a repository's environment; the first service answers at the URL `health`."""

    folder: Path
    up: Sequence[str]
    down: Sequence[str]
    health: str


@dataclass(frozen=True, kw_only=True)
class Round:
    """Seconds."""

    answered: float  # until the service answered
    returned: float  # until the command returned
    down: float


@dataclass(kw_only=True)
class Result:
    """Alternating rounds of both sides; `again` are the seconds of a second `localenv up` in each."""

    ours: list[Round] = field(default_factory=list)
    theirs: list[Round] = field(default_factory=list)
    again: list[float] = field(default_factory=list)

    def row(self, what: str, member: str, target: float | None = None) -> Row:
        """The medians of both, side by side."""
        value, beside = (statistics.median(getattr(one, member) for one in side) for side in (self.ours, self.theirs))
        return Row(what=what, value=value, unit="s", beside=beside, target=target)

    def no_op(self, what: str, target: float | None = None) -> Row:
        """The median of a second `up` with nothing to do."""
        return Row(what=what, value=statistics.median(self.again), unit="s", target=target)


def compared(repository: Path, service: str, health: str, rounds: int) -> Result:
    """Measure both from nothing, images built, alternating; the clock stops when `service` answers 200 at `health`."""
    result = Result()
    with ExitStack() as owed:
        ours = owed.enter_context(_localenv(repository, service, health))
        theirs = owed.enter_context(_compose(repository, service, health))
        for _ in range(rounds):
            result.ours.append(_round(ours, result.again))
            result.theirs.append(_round(theirs))
    return result


def _round(side: Side, again: list[float] | None = None) -> Round:
    answered, returned = started(side.up, {side.health: b""}, folder=side.folder)
    if again is not None:
        again.append(spent(side.up, folder=side.folder).wall)
    return Round(answered=answered, returned=returned, down=spent(side.down, folder=side.folder).wall)


@contextmanager
def _localenv(repository: Path, service: str, health: str) -> Iterator[Side]:
    """A stopped environment, used twice before: what it builds and prepares is there; its ports stay the same."""
    own = ("local", "--name", NAME)
    up, down = (*LOCALENV, "up", *own, "--detach", "--quiet"), (*LOCALENV, "down", *own)
    with images_removed(NAME):
        try:
            spent(up, folder=repository)
            spent(down, folder=repository)
            spent(up, folder=repository)
            _await_preparations()
            services = json.loads(output((*LOCALENV, "status", *own, "--json"), folder=repository))["services"]
            spent(down, folder=repository)
            url = next(one["url"] for one in services if one["name"] == service)
            yield Side(folder=repository, up=up, down=down, health=f"{url}{health}")
        finally:
            quietly(down, folder=repository)


def _await_preparations() -> None:
    """Wait until containers have prepared files for later ones, which begins some seconds after a second start."""
    time.sleep(_PREPARES_AFTER)
    while output(("docker", "ps", "--quiet", "--filter", f"name={NAME}.*-prepare-")).strip():
        time.sleep(_PAUSE)


@contextmanager
def _compose(repository: Path, service: str, health: str) -> Iterator[Side]:
    """The ejected folder, stopped, with built images."""
    name = f"{NAME}-ejected"
    compose = ("docker", "compose", "--project-name", name)
    down = (*compose, "down", "--volumes", "--timeout", "1")
    with images_removed(name), scratch() as place:
        folder = place / "ejected"
        output((*LOCALENV, "render", str(folder), "--env", "local", "--name", name), folder=repository)
        try:
            spent((*compose, "build"), folder=folder)
            config = json.loads(output((*compose, "config", "--format", "json"), folder=folder))
            port = config["services"][service]["ports"][0]["published"]
            url = f"http://127.0.0.1:{port}{health}"
            yield Side(folder=folder, up=(*compose, "up", "--detach"), down=down, health=url)
        finally:
            quietly(down, folder=folder)
