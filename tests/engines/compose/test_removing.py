"""Removal by label."""

import time
from contextlib import suppress

import docker
import pytest
import requests
from docker.errors import APIError, NotFound

from localenv.engines.compose import listening, ownership, removing, stop_signals
from localenv.errors import EngineError
from localenv.stack import Role
from tests.world.waiting import until


class Busy:
    """A Docker in which another process is removing a container slowly."""

    def __init__(self, seconds):
        self.api = self
        self.end = time.monotonic() + seconds

    def containers(self, **asked):
        labels = {"dev.localenv.role": "need"}
        return [{"Id": "1", "State": "removing", "Labels": labels}] if time.monotonic() < self.end else []

    def networks(self, **asked):
        return []

    def volumes(self, **asked):
        return {"Volumes": None}

    def remove_container(self, *asked, **options):
        refused = requests.Response()
        refused.status_code = 409
        raise APIError("removal of container 1 is already in progress", response=refused)


def test_what_somebody_else_is_removing_is_waited_for():
    began = time.monotonic()
    removing.environment(Busy(0.5), "orders-local-0123ab", data=False)
    assert 0.5 <= time.monotonic() - began < 30


def test_what_never_goes_is_an_error_that_names_the_environment(monkeypatch):
    monkeypatch.setattr(removing, "_LONGEST_PAUSE", 0.01)
    with pytest.raises(EngineError, match="cannot remove orders-local-0123ab"):
        removing.environment(Busy(60), "orders-local-0123ab", data=False)


class Running(Busy):
    """A Docker with one running container, which records whether that is stopped."""

    def __init__(self, role, volume):
        super().__init__(60)
        self.entry = {
            "Id": "1", "State": "running", "Labels": {"dev.localenv.role": role},
            "Mounts": [{"Type": "volume", "Name": volume}],
        }  # fmt: skip
        self.called = []

    def containers(self, **asked):
        return [] if "remove" in self.called else [self.entry]

    def inspect_container(self, identity):
        return {"Id": "1", "Config": {}, "State": {"Pid": 0}}

    def stop(self, identity, timeout):
        self.called.append("stop")

    def remove_container(self, *asked, **options):
        self.called.append("remove")


@pytest.mark.parametrize(
    ("role", "volume", "called"),
    [
        ("need", "shop-local-0123ab_db", ["stop", "remove"]),
        ("need", "0123456789abcdef" * 4, ["remove"]),  # without a name, and removed with the container
        ("service", "0123456789abcdef" * 4, ["stop", "remove"]),
    ],
)
def test_a_need_whose_data_is_removed_with_it_is_not_stopped_first(role, volume, called):
    one = Running(role, volume)

    removing.environment(one, "shop-local-0123ab", data=False)

    assert one.called == called


@pytest.fixture
def client():
    opened = docker.from_env()
    yield opened
    opened.close()


@pytest.mark.docker
def test_a_container_of_its_own_that_joins_meanwhile_is_removed_too(client, monkeypatch, tmp_path):
    identity = "joining-local-0123ab"
    labels = ownership.labels(identity, tmp_path, Role.SERVICE)
    network = client.networks.create(ownership.network(identity), labels=labels)
    one = client.containers.run(
        "redis:8", ["600"], entrypoint="sleep", detach=True, labels=labels, network=network.name
    )
    listed, before = removing._containers, [[]]
    monkeypatch.setattr(removing, "_containers", lambda *asked: before.pop() if before else listed(*asked))
    try:
        removing.environment(client, identity, data=True)
        assert not client.containers.list(all=True, filters={"id": one.id})
        assert not client.networks.list(ids=[network.id])
    finally:
        with suppress(NotFound):
            one.remove(force=True)
            network.remove()


@pytest.mark.docker
def test_a_volume_that_somebody_else_mounts_stays_and_who_mounts_it_is_named(client, tmp_path):
    identity, name = "mounted-local-0123ab", "mounted-local-0123ab_db"
    volume = client.volumes.create(name, labels=ownership.labels(identity, tmp_path, Role.NEED))
    guest = client.containers.run(
        "redis:8", ["600"], entrypoint="sleep", detach=True, volumes={name: {"bind": "/d"}}, tmpfs={"/data": ""}
    )
    try:
        with pytest.raises(EngineError) as refused:
            removing.environment(client, identity, data=True)
        assert str(refused.value) == (f"cannot remove the volume {name}: {guest.name} of another environment mounts it")
        assert refused.value.hint == f"docker rm --force {guest.name}, then retry"
        guest.remove(force=True)
        removing.environment(client, identity, data=True)
        assert not client.volumes.list(filters={"name": name})
    finally:
        with suppress(NotFound):
            guest.remove(force=True)
            volume.remove()


@pytest.mark.docker
@pytest.mark.parametrize(
    ("prepared", "stop_signal", "hears"),
    [
        ("trap : TERM", None, True),
        ("trap '' TERM", None, False),
        ("true", None, False),  # the kernel delivers no signal without a handler to the main process
        ("trap : TERM", "SIGUSR1", False),
        ("trap : USR1", "10", True),
    ],
)
def test_only_who_has_a_handler_for_the_signal_that_stops_it_is_waited_for(client, prepared, stop_signal, hears):
    command = ["-c", f"{prepared}; echo up; sleep 600 & wait"]
    one = client.containers.run("redis:8", command, entrypoint="sh", detach=True, stop_signal=stop_signal)
    try:
        until(lambda: b"up" in one.logs(), "its first word")
        assert bool(stop_signals.handling(client, one.id)) is hears
    finally:
        one.remove(force=True, v=True)


# as Node does: its handler removes itself and sends the signal again, which the kernel does not deliver to PID 1
GIVES_UP = """
import os, signal, time

def end(number, frame):
    print("asked", flush=True)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)

signal.signal(signal.SIGTERM, end)
print("up", flush=True)
while True:
    time.sleep(600)
"""


@pytest.mark.docker
def test_node_that_the_signal_does_not_end_as_the_main_process_is_killed_before_its_stop_time_is_over(client):
    begin = f"import os, sys; os.execv(sys.executable, ['node', '-c', {GIVES_UP!r}])"
    one = client.containers.run("python:3.13-slim", ["python", "-c", begin], detach=True)
    try:
        until(lambda: b"up" in one.logs(), "its first word")
        details = stop_signals.handling(client, one.id)
        details["Config"]["StopTimeout"] = 600

        stop_signals.stop_handling(client, details)

        one.reload()
        assert one.status == "exited"
        assert one.logs().splitlines() == [b"up", b"asked"]
    finally:
        one.remove(force=True, v=True)


@pytest.mark.docker
def test_who_cannot_be_seen_is_waited_for(client, monkeypatch, tmp_path):
    monkeypatch.setattr(listening, "_PROC", tmp_path)
    one = client.containers.run("redis:8", ["600"], entrypoint="sleep", detach=True)
    try:
        assert stop_signals.handling(client, one.id)
    finally:
        one.remove(force=True, v=True)
