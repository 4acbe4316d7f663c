"""A program that listens on another port than its service's: when waiting for it is pointless."""

import socket
from collections.abc import Callable
from dataclasses import replace
from math import inf
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from localenv.environment.up.clock import Clock
from localenv.environment.up.diagnosis import Refusals, asked_ports, diagnosed
from localenv.environment.up.probes import Unready
from localenv.host.sockets import ListeningSocket
from localenv.stack import Port, Probe, ProbeKind, Role, Service


class Seconds(Clock):
    """A clock that is set by hand."""

    time = 0.0

    def now(self) -> float:
        return self.time


def found(listens: int, timeout: float | None = None, port: int = 30600) -> Any:
    """The diagnosis of a native service with `port: 8000` at 127.0.0.1, whose program listens on a port."""
    return diagnosed(*running(listens, timeout, port))


def running(listens: int, timeout: float | None = None, port: int = 30600) -> tuple[Any, Any, Service]:
    probe = Probe(kind=ProbeKind.HTTP, timeout=timeout)
    metrics = Port(name="web.metrics", target=9090)
    service = Service(
        name="web", role=Role.SERVICE, port=Port(name="web", target=8000), probe=probe, extra_ports=(metrics,)
    )
    sockets = [ListeningSocket(host="0.0.0.0", port=listens)]
    place = SimpleNamespace(bind=lambda name: "127.0.0.1", address=lambda reader, name: ("127.0.0.1", str(port)))
    engine: Any = SimpleNamespace(services=SimpleNamespace(listeners=lambda identity, name: sockets))
    reached = SimpleNamespace(host="127.0.0.1", port=port)
    resolution = SimpleNamespace(place=place, connection=lambda name, reader: reached)
    deployment: Any = SimpleNamespace(identity="it", resolution=resolution)
    return engine, deployment, service


def final(busy: Callable[[float], float | None]) -> float:
    """After how many seconds it is final that a program listens on another port; `busy` is its work until a second."""
    engine, deployment, service = running(8123)
    clock = Seconds()
    refusals = Refusals(engine=engine, deployment=deployment, service=service, clock=clock)
    while not refusals.is_certain:
        clock.time += 0.25
        refusals.record(Unready(text="refused", is_refused=True), busy(clock.time))
    return clock.time


def greet(server: socket.socket, banner: bytes) -> None:
    client, _ = server.accept()
    with client:
        client.sendall(banner)


def test_one_on_the_port_of_its_description_will_take_no_other() -> None:
    assert found(8000).text.endswith("use ${port} in its command, or `address: own`")
    assert found(8000).certain < found(8123).certain


def test_one_that_does_nothing_more_is_final_sooner() -> None:
    idle = final(lambda now: 0.6 + 0.02 * now)
    loads_first = final(lambda now: min(now, 10.0))

    assert idle < 9
    assert 14 < loads_first < 18
    assert final(lambda now: now) == final(lambda now: None) > 20


def test_one_that_listens_only_on_a_further_port_is_still_starting() -> None:
    assert found(9090) is None


@pytest.mark.parametrize("listens", [8000, 8123])
def test_one_with_a_time_limit_of_its_own_is_waited_for(listens: int) -> None:
    assert found(listens, timeout=60).certain == inf


@pytest.mark.parametrize(
    ("banner", "shown"),
    [
        (b"220 mail ready\r\n", " ('220 mail ready')"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", " (this is SSH)"),
        (b"\x00\x00\x12\x04\x00\x00\x00", " (this is HTTP/2, as of gRPC)"),
        (b"\x0aNoThInG\x00\x01", ""),
    ],
)
def test_one_that_sends_first_does_not_speak_http(banner: bytes, shown: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        greeting = Thread(target=greet, args=(server, banner))
        greeting.start()
        diagnosis = found(port, port=port)
        greeting.join()

    assert diagnosis.text == f"answers, but not in HTTP{shown}: use healthcheck: {{tcp: true}}"


def test_one_that_began_to_listen_only_after_it_was_asked_is_not_said_to_close_connections() -> None:
    refused, clock = Unready(text="GET / failed", is_refused=True), Seconds()
    with socket.create_server(("127.0.0.1", 0)) as server:
        engine, deployment, service = running(port := server.getsockname()[1], port=port)
        refusals = Refusals(engine=engine, deployment=deployment, service=service, clock=clock)
        said = []
        for clock.time in (0.0, 2.5, 4.0):
            refusals.record(refused)
            said.append(refusals.found and refusals.found.text.partition(":")[0])

    assert said == [None, None, "closes connections without an HTTP answer"]


@pytest.mark.parametrize(
    ("command", "ports"),
    [
        ("curl -fsS http://localhost:8000/health", {8000}),
        ("curl http://user:password@localhost:8000/ || exit 1", {8000}),
        ("wget -qO- http://127.0.0.1/8000", {80}),
        ("nc -z localhost 8000", {8000}),
        ("echo > /dev/tcp/localhost/8000", {8000}),
        ("python -c \"import socket; socket.create_connection(('localhost', 8000))\"", {8000}),
        ("curl http://localhost:$PORT/", set()),
        ("curl http://api.localhost:80/ http://db:5432", set()),
        ("redis-cli -h localhost ping", set()),
    ],
)
def test_the_ports_that_a_health_check_command_asks(command: str, ports: set[int]) -> None:
    assert asked_ports(["sh", "-c", command]) == ports


@pytest.mark.parametrize(
    ("listens", "asked", "shown"),
    [
        (30600, 9999, "listens on 30600, but its health check asks port 9999: use ${port} in `healthcheck:`"),
        (8123, 30600, "listens on 8123, not 30600: without Docker it has a separate port: use ${port} in its command"),
        (8123, 8123, None),
        (30600, 5432, None),
        (30600, 9090, None),
    ],
)
def test_a_health_check_command_that_asks_a_port_on_which_nothing_listens(
    listens: int, asked: int, shown: str | None
) -> None:
    engine, deployment, service = running(listens)
    probe = Probe(kind=ProbeKind.COMMAND, command=("sh", "-c", f"curl localhost:{asked}"))
    service = replace(service, probe=probe)
    other = Service(name="db", role=Role.SERVICE, port=Port(name="db", target=5432))
    deployment.stack = SimpleNamespace(services={"web": service, "db": other})
    deployment.resolution.argv = lambda command, reader, name: command
    addresses = {"web": "30600", "web.metrics": "30601", "db": "5432"}
    deployment.resolution.place.address = lambda reader, name: ("127.0.0.1", addresses[name])

    diagnosis = diagnosed(engine, deployment, service)

    assert (diagnosis and diagnosis.text) == shown
