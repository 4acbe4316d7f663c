"""Fixtures for all tests: a temporary repository, and a Docker engine if there is one.

The usual suite shows each behaviour on each engine that takes part in it. The full catalogue repeats it for every row:
every moment of a kill, every kind, every engine. Such a further row has the mark `full`; `-m full` runs these alone.
Only what takes minutes has this mark on all of its rows (tests/safety/test_bodies.py and test_soak.py).
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from hypothesis import settings

from localenv import redaction
from tests.world import http_clients  # noqa: F401
from tests.world.machine import has_room, missing_engine
from tests.world.repository import CHECKOUT, write

Repository = Callable[..., Path]

# `nohup` and a shell's `&` ignore these for all that they start; programs of tests are ended by them
for _number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)  # ignored here, and by no program that is started from here

# otherwise each of thousands of commands would compile every module again: 0.3 s of 0.8
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False  # and each worker every test, whose assertions pytest rewrites: 8 s of 14

# where tests write: a fifth of the processor time of short tests is for files on a disk
_MEMORY, _ENOUGH = "/dev/shm", 8 << 30  # bytes
if sys.platform == "linux" and "PYTEST_DEBUG_TEMPROOT" not in os.environ and has_room(_MEMORY, _ENOUGH):
    os.environ["PYTEST_DEBUG_TEMPROOT"] = _MEMORY

settings.register_profile("patient", deadline=None)  # an example may take long on a busy machine
settings.load_profile("patient")


# tests that run slow programs: by path, and by fixture
LONG = tuple(
    CHECKOUT / "tests" / place
    for place in (
        "contract",
        "description/test_every_key.py",
        "e2e",
        "engines/native/kinds/test_installed.py",
        "engines/native/test_engine.py",
        "engines/native/test_interrupted.py",
        "engines/native/test_kinds.py",
        "engines/native/test_prepared_services.py",
        "engines/native/test_preparing.py",
        "engines/native/test_setup.py",
        "engines/native/wiremock",
        "engines/test_choosing.py",
        "environment/down/test_guarding.py",
        "environment/watch/test_rebuilds.py",
        "guard",
        "safety",
        "stubs/responder",
        "stubs/sources/openapi/test_generating.py",
        "stubs/sources/openapi/test_served.py",
        "stubs/sources/openapi/test_styles.py",
        "stubs/test_admin.py",
        "stubs/test_expressions.py",
    )
)
LONG_FIXTURES = frozenset({"new_suite", "running", "world"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "full" not in str(config.option.markexpr):  # another `-m` replaces the usual one
        further = [item for item in items if item.get_closest_marker("full")]
        items[:] = [item for item in items if item not in further]
        config.hook.pytest_deselected(items=further)
    for item in items:
        if item.get_closest_marker("docker"):
            if reason := missing_engine():
                item.add_marker(pytest.mark.skip(reason=f"no Docker engine answers: {reason}"))
        elif is_quick(item):
            item.add_marker(pytest.mark.quick)


def is_quick(item: pytest.Item) -> bool:
    """Whether a test starts nothing slow."""
    return not _is_long(item.path) and LONG_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


@cache
def _is_long(file: Path) -> bool:
    return any(file.is_relative_to(one) for one in LONG)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List skipped tests with reasons, always: skipped tests limit what the run has verified."""
    skipped = Counter(str(one.longrepr[-1]).removeprefix("Skipped: ") for one in _skipped(terminalreporter))
    if skipped and not terminalreporter.hasopt("s"):
        terminalreporter.section("skipped")
        for reason, count in skipped.most_common():
            terminalreporter.line(f"{count:4} {reason}")


def _skipped(terminalreporter: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    reports = terminalreporter.getreports("skipped")
    yield from (one for one in reports if isinstance(one.longrepr, tuple))


@pytest.fixture(autouse=True)
def private_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use separate state and settings for each test; the cache is shared, as in real use."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("PYTEST_DEBUG_TEMPROOT", str(home))  # sessions in tests do not clean up behind one another
    for name in ("LOCALENV_ENV", "LOCALENV_ENVIRONMENT", "LOCALENV_NAME", "LOCALENV_ENGINE", "LOCALENV_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def nothing_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget secrets learnt in other tests, so that they are not masked."""
    monkeypatch.setattr(redaction.text, "_known", redaction.text._Known())


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Writes files (`{"envs/local.yaml": "…"}`, dedented) into a repository and returns its folder."""

    return partial(write, tmp_path)
