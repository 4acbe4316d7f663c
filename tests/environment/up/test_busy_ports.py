"""A service that could not listen: its failure names who has the port."""

import os
import socket
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from localenv.environment.up import busy_ports
from localenv.stack import Port, Role, Service, Template

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="this system has no tables of sockets")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def explained(log: str, *, copies: object = None, **service: Any) -> str:
    engine: Any = SimpleNamespace(copies=copies)
    deployment: Any = SimpleNamespace(ports={})
    return busy_ports.explained(engine, deployment, Service(name="api", role=Role.SERVICE, **service), [log])[0]


@pytest.mark.parametrize(
    "log",
    [
        "Error: listen EADDRINUSE: address already in use 127.0.0.1:{port}",
        "[ERROR] Connection in use: ('127.0.0.1', {port})",
        "listen tcp 127.0.0.1:{port}: bind: address already in use",
        "Web server failed to start. Port {port} was already in use.",
        'bind(2) for "127.0.0.1" port {port} (Errno::EADDRINUSE)',
        "[Errno 98] error while attempting to bind on address ('127.0.0.1', {port}): address already in use",
        "nginx: [emerg] bind() to 127.0.0.1:{port} failed (98: Address already in use)",
        "Address already in use (os error 98)",
    ],
)
def test_who_has_the_port_that_a_log_or_a_variable_names_is_named(taken: int, log: str) -> None:
    found = explained(log.replace("{port}", str(taken)), environment={"LISTEN": Template((f"127.0.0.1:{taken}",))})

    assert found.startswith(f"port {taken} is in use by ")
    assert found.endswith(f"(pid {os.getpid()})")


def test_the_declared_port_is_the_last_guess_and_nothing_is_said_of_other_errors(taken: int) -> None:
    port = Port(name="api", target=taken)

    assert explained("OSError: [Errno 98] Address already in use", port=port).startswith(f"port {taken} is in use by")
    assert explained(f"cannot connect to 127.0.0.1:{taken}", port=port) == ""
    assert explained("Address already in use (os error 98)") == ""


def test_in_a_container_it_is_a_program_of_that_container(taken: int) -> None:
    assert explained(f"address already in use 0.0.0.0:{taken}", copies=object()).startswith("another program of its")
