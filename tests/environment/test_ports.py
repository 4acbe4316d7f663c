"""Ports: the same from run to run, and never shared by two environments at once."""

import os
import socket
import subprocess
import sys
import time

import pytest

from localenv import state
from localenv.environment import ports
from localenv.errors import LocalenvError
from localenv.stack import Port
from localenv.state import Record

WANTED = [Port(name=name, target=80) for name in ("api", "db", "cache", "payments", "web", "localenv.stubs")]


def recorded(identity: str, **published: int) -> None:
    state.save(
        Record(identity=identity, name="n", env="e", folder="", description="", engine="compose", ports=published)
    )


@pytest.fixture
def busy():
    """A port of this machine with a listener."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_every_port_is_another_and_below_the_ephemeral_range():
    found = ports.reserve("orders-local-1", WANTED, {}, False)

    assert list(found) == [port.name for port in WANTED]
    assert len(set(found.values())) == len(WANTED)
    assert all(20_000 <= port < 32_000 for port in found.values())


def test_an_environment_that_comes_back_has_the_same_ports():
    first = ports.reserve("orders-local-1", WANTED, {}, False)

    assert ports.reserve("orders-local-1", WANTED, {}, False) == first
    assert ports.reserve("orders-local-1", reversed(WANTED), first, False) == first


def test_what_runs_keeps_its_ports_though_they_are_in_use(busy):
    assert ports.reserve("a", [WANTED[0]], {"api": busy}, True) == {"api": busy}


def test_a_kept_port_that_somebody_took_meanwhile_is_given_up(busy):
    assert ports.reserve("a", [WANTED[0]], {"api": busy}, False)["api"] != busy


def test_a_kept_port_that_another_environment_has_now_is_given_up():
    recorded("b", api=20_005)

    assert ports.reserve("a", [WANTED[0]], {"api": 20_005}, False)["api"] != 20_005


def test_a_new_port_is_not_one_that_is_kept_for_another():
    first = ports.reserve("a", WANTED[:1], {}, False)["api"]

    found = ports.reserve("a", [WANTED[0], WANTED[1]], {"db": first}, False)

    assert found["db"] == first
    assert found["api"] != first


def test_two_environments_never_share_though_neither_is_recorded_yet(monkeypatch):
    monkeypatch.setattr(ports, "HIGHEST", ports.LOWEST + 2 * len(WANTED) + 5)  # so few that they would collide

    first = ports.reserve("a", WANTED, {}, False)
    second = ports.reserve("b", WANTED, {}, False)

    assert not set(first.values()) & set(second.values())


def test_two_environments_never_share_what_is_recorded(monkeypatch):
    first = ports.reserve("a", WANTED, {}, False)
    recorded("a", **first)
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setattr(ports, "HIGHEST", ports.LOWEST + 12_000)

    found = ports.reserve("b", [Port(name="x", target=1)] * 3000, {}, False)

    assert not set(found.values()) & set(first.values())


def test_ports_of_one_who_never_started_are_free_again(monkeypatch):
    monkeypatch.setattr(ports, "HIGHEST", ports.LOWEST + 1)
    first = ports.reserve("a", WANTED[:1], {}, False)
    with pytest.raises(LocalenvError, match="no free port from 20000 to 20001"):
        ports.reserve("b", WANTED[:1], {}, False)

    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)

    assert ports.reserve("b", WANTED[:1], {}, False) == first


def test_a_pinned_port_is_had_exactly(monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        pinned = probe.getsockname()[1]

    assert ports.reserve("a", [Port(name="api", target=80, pinned=pinned)], {"api": 20_001}, False) == {"api": pinned}


def test_a_pinned_port_that_is_busy_is_named(busy):
    with pytest.raises(LocalenvError, match=f"api: port {busy} of this machine is in use") as raised:
        ports.reserve("a", [Port(name="api", target=80, pinned=busy)], {}, False)

    assert "publish:" in raised.value.hint


def test_a_pinned_port_is_ours_while_we_run(busy):
    assert ports.reserve("a", [Port(name="api", target=80, pinned=busy)], {"api": busy}, True) == {"api": busy}


def test_a_port_that_one_pins_is_not_given_to_another_of_the_same_environment():
    kept = ports.reserve("a", WANTED, {}, False)

    found = ports.reserve("a", [*WANTED, Port(name="late", target=80, pinned=kept["api"])], kept, False)

    assert found["late"] == kept["api"]
    assert found["api"] != kept["api"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody who may not have low ports")
def test_a_low_port_is_not_called_taken_because_we_may_not_have_it():
    code = "from localenv.environment.ports import is_free; print(is_free(81), is_free(1))"

    done = subprocess.run(
        [sys.executable, "-c", f"import os, localenv.environment.ports; os.setuid(65534); {code}"],
        capture_output=True,
        text=True,
    )

    assert done.stdout.split() == ["True", "True"], done.stderr
