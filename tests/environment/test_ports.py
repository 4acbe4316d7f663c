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
    found = ports.reserve("orders-local-1", WANTED, {}, ())

    assert list(found) == [port.name for port in WANTED]
    assert len(set(found.values())) == len(WANTED)
    assert all(20_000 <= port < 32_000 for port in found.values())


def test_an_environment_that_comes_back_has_the_same_ports():
    first = ports.reserve("orders-local-1", WANTED, {}, ())

    assert ports.reserve("orders-local-1", WANTED, {}, ()) == first
    assert ports.reserve("orders-local-1", reversed(WANTED), first, ()) == first


def test_what_runs_keeps_its_ports_though_they_are_in_use(busy):
    assert ports.reserve("a", [WANTED[0]], {"api": busy}, {"api"}) == {"api": busy}


def test_what_is_stopped_gets_another_port_than_one_that_was_taken_meanwhile(busy):
    assert ports.reserve("a", WANTED[:2], {"api": busy, "db": busy + 1}, {"db"})["api"] != busy


def test_a_kept_port_that_somebody_took_meanwhile_is_given_up(busy):
    assert ports.reserve("a", [WANTED[0]], {"api": busy}, ())["api"] != busy


def test_a_kept_port_that_another_environment_has_now_is_given_up():
    recorded("b", api=20_005)

    assert ports.reserve("a", [WANTED[0]], {"api": 20_005}, ())["api"] != 20_005


def test_a_new_port_is_not_one_that_is_kept_for_another():
    first = ports.reserve("a", WANTED[:1], {}, ())["api"]

    found = ports.reserve("a", [WANTED[0], WANTED[1]], {"db": first}, ())

    assert found["db"] == first
    assert found["api"] != first


def test_two_environments_never_share_though_neither_is_recorded_yet(monkeypatch):
    monkeypatch.setattr(ports, "HIGHEST", ports.LOWEST + 2 * len(WANTED) + 5)  # so few that they would collide

    first = ports.reserve("a", WANTED, {}, ())
    second = ports.reserve("b", WANTED, {}, ())

    assert not set(first.values()) & set(second.values())


def test_two_environments_never_share_what_is_recorded(monkeypatch):
    first = ports.reserve("a", WANTED, {}, ())
    recorded("a", **first)
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setattr(ports, "HIGHEST", ports.LOWEST + 12_000)

    found = ports.reserve("b", [Port(name="x", target=1)] * 3000, {}, ())

    assert not set(found.values()) & set(first.values())


def test_ports_of_one_who_never_started_are_free_again(monkeypatch):
    monkeypatch.setattr(ports, "HIGHEST", ports.LOWEST + 1)
    first = ports.reserve("a", WANTED[:1], {}, ())
    with pytest.raises(LocalenvError, match="no free port from 20000 to 20001"):
        ports.reserve("b", WANTED[:1], {}, ())

    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)

    assert ports.reserve("b", WANTED[:1], {}, ()) == first


def test_a_pinned_port_is_had_exactly(monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        pinned = probe.getsockname()[1]

    assert ports.reserve("a", [Port(name="api", target=80, pinned=pinned)], {"api": 20_001}, ()) == {"api": pinned}


def test_a_pinned_port_that_is_busy_is_named(busy):
    with pytest.raises(LocalenvError, match=f"api: port {busy} of this machine is in use") as raised:
        ports.reserve("a", [Port(name="api", target=80, pinned=busy)], {}, ())

    assert "publish:" in raised.value.hint


def test_a_pinned_port_is_ours_while_we_run(busy):
    assert ports.reserve("a", [Port(name="api", target=80, pinned=busy)], {"api": busy}, {"api"}) == {"api": busy}


def test_a_port_that_one_pins_is_not_given_to_another_of_the_same_environment():
    kept = ports.reserve("a", WANTED, {}, ())

    found = ports.reserve("a", [*WANTED, Port(name="late", target=80, pinned=kept["api"])], kept, ())

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
