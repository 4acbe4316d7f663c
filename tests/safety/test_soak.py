"""Minutes of commands and kills: processes, descriptors, files, shared memory and cgroups do not become more."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from localenv.guard import where
from localenv.host import inherited, kernel
from tests.safety.test_traces import shared_memory
from tests.world import machine
from tests.world.commands import Running
from tests.world.waiting import until
from tests.world.world import SMALL, Make, World

pytestmark = pytest.mark.full

SECONDS = float(os.environ.get("LOCALENV_SOAK", "300"))
ENGINES = ["native", pytest.param("compose", marks=pytest.mark.docker)]
DESCRIBED = f"{SMALL}  db: postgres\nupstreams: {{pay: {{stubs: ../stubs}}}}\n"
STUB = '{"request": {"url": "/NUMBER"}, "response": {"status": 200}}'
SLACK = 4  # descriptors of a pool that is filled later


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def steady(one: World, child: Running) -> dict[str, int]:
    """What a running environment uses: it must not grow."""
    own = (one.identity, f"{one.folder}/")
    return {
        "descriptors of up": descriptors(child.pid),
        "threads of up": threads(child.pid),
        "descriptors of the guard": descriptors(one.guard()),
        "processes": len(list(machine.processes(own))),
        "marked processes": len(inherited.marked(one.identity)),
        "files": sum(1 for file in one.state.rglob("*") if "data" not in file.parts and "logs" not in file.parts),
        "cgroups": len(list(machine.cgroups((one.identity,)))),
    }


def used(one: World, child: Running, number: int) -> None:
    """A round of commands in a running environment."""
    for words in ("status", "ls --json", "logs --tail 5", "requests", "env api", "reset", "check", "plan"):
        done = one.run(*words.split(), code=None)
        assert (done.code, done.seconds < 30) == (0, True), f"{words}: {done.text}\nof up: {child.text}"
    one.write({"stubs/mappings/a.json": STUB.replace("NUMBER", str(number))})


def ended(one: World, how: int) -> None:
    """An environment that is started and ends in one of many ways."""
    child = one.start("up")
    match how:
        case 0 | 1:
            time.sleep(random.random() * 3)
        case _:
            child.wait_for("following the logs", timeout=90)
    one.note()
    match how:
        case 0:
            child.signal(signal.SIGINT)
        case 1 | 2:
            os.killpg(child.pid, signal.SIGKILL)
        case 3:
            one.run("down", timeout=60)
        case 4:
            os.kill(one.guard(), signal.SIGKILL)
            child.kill()
            one.run("ls", timeout=60)
        case _:
            child.signal(signal.SIGTERM)
    child.wait(60)
    assert one.is_gone()


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_becomes_more_in_minutes_of_commands_and_kills(world: Make, engine: str) -> None:
    one, other = world(engine), world(engine)
    for each in (one, other):
        each.describe(DESCRIBED)
        each.write({"stubs/mappings/a.json": STUB})
    memory = shared_memory()
    child = one.ready()
    used(one, child, 0)
    ended(other, 3)
    before, end, number = steady(one, child), time.monotonic() + SECONDS / len(ENGINES), 0
    while time.monotonic() < end:
        number += 1
        used(one, child, number)
        ended(other, number % 6)
    more: Callable[[], dict[str, tuple[int, int]]] = lambda: _more(before, steady(one, child))  # noqa: E731
    until(lambda: not more(), "no more than before", 10, lambda: f": {more()}")
    child.signal(signal.SIGINT)
    assert child.wait() == 130
    assert one.is_gone()
    assert not list(other.states.glob("[!.]*/")), "folders of environments"
    assert not [file for file in (other.states / ".locks").glob("*") if file.suffix == ".down"]
    assert not any(where.socket_of(each.state).exists() for each in (one, other))
    until(lambda: not _unused(shared_memory() - memory), "no shared memory that nobody uses")
    print(f"{number} rounds; {before}")


def _more(before: dict[str, int], now: dict[str, int]) -> dict[str, tuple[int, int]]:
    return {name: (count, now[name]) for name, count in before.items() if now[name] > count + SLACK}


def _unused(names: set[str]) -> set[str]:
    """Segments that no process has mapped: others on this machine may use PostgreSQL too."""
    mapped = ""
    for pid in kernel.processes():
        try:
            mapped += Path(f"/proc/{pid}/maps").read_text()
        except OSError:
            continue
    return {name for name in names if name not in mapped}
