"""Docker's errors are explained: the cause, and a hint."""

import os
import socket
from collections.abc import Iterator

import pytest

from localenv.engines.compose import images
from localenv.engines.compose.refusals import explained
from localenv.host import listening

REFUSALS = {
    "docker: 'compose' is not a docker command.\nSee 'docker --help'": "no Compose v2",
    "docker: unknown command: docker compose\n\nRun 'docker --help' for more information": "no Compose v2",
    "unknown flag: --file\n\nUsage:  docker [OPTIONS] COMMAND\n\nRun 'docker --help' for more": "no Compose v2",
    "unknown shorthand flag: 'f' in -f\nSee 'docker --help'.": "no Compose v2",
    "env: \u2018docker\u2019: No such file or directory": "is not installed",
    "env: docker: No such file or directory": "is not installed",
    "/root/x/compose: 1: exec: docker: not found": "is not installed",
    "write /var/lib/docker/tmp/x: no space left on device": "the disk is full",
    "failed to register layer: disk quota exceeded": "the disk is full",
    'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host': "cannot reach the registry",
    "dial tcp 192.0.2.7:443: connect: connection refused": "cannot reach the registry",
    "dial tcp 192.0.2.7:443: connect: no route to host": "cannot reach the registry",
    "net/http: TLS handshake timeout": "too slow",
    'Get "https://r/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)': "too slow",
    "dial tcp 192.0.2.7:443: i/o timeout": "too slow",
    "toomanyrequests: You have reached your pull rate limit": "too many requests",
    "pull access denied for shop, repository does not exist or may require 'docker login'": "access denied",
    "manifest for redis:99 not found: manifest unknown: manifest unknown": "no such image in the registry",
    "no matching manifest for linux/arm64/v8 in the manifest list entries": "processor",
    "tls: failed to verify certificate: x509: certificate signed by unknown authority": "certificate",
    "proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused": "the proxy",
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?": "not running",
    "permission denied while trying to connect to the Docker daemon socket": "no permission to use Docker",
    "all predefined address pools have been fully subnetted": "no addresses left",
    "could not find an available, non-overlapping IPv4 address pool among the defaults": "no addresses left",
    "invalid pool request: Pool overlaps with other one on this address space": "are taken",
    'exec: "nothere": executable file not found in $PATH: unknown': "its command is not in the image: nothere",
    "failed to convert agent config {default [] false}: invalid empty ssh agent socket: make sure": "an SSH agent",
    'failed to convert agent config for ID: "default": stat /x.sock: no such file or directory': "an SSH agent",
    'failed to convert agent config for ID: "key": stat /x/key: no such file or directory': "a key or socket",
    "fork/exec /usr/bin/runc: cannot allocate memory": "no memory left",
    "accept4: too many open files": "a limit of this machine",
}


@pytest.mark.parametrize(("words", "cause"), REFUSALS.items())
def test_the_daemons_words_have_a_cause_and_a_hint(words: str, cause: str) -> None:
    found = explained(f"Error response from daemon: {words}")

    assert found is not None
    assert cause in found.cause
    assert found.hint


def test_an_image_that_is_refused_is_told_with_what_to_do_by_hand() -> None:
    hub = images.refused("api", "nobody/x:1", "pull access denied for nobody/x")
    other = images.refused("api", "registry.example:5000/nobody/x:1", "no basic auth credentials")

    assert hub.hint == "check the name, or log in: docker login; try it yourself: docker pull nobody/x:1"
    assert "docker login registry.example:5000; " in other.hint


def test_what_is_not_known_speaks_for_itself() -> None:
    assert explained("something nobody has seen before") is None


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.socket() as listening_here:
        listening_here.bind(("127.0.0.1", 0))
        listening_here.listen()
        yield listening_here.getsockname()[1]


@pytest.mark.parametrize(
    "words",
    [
        "driver failed programming external connectivity: Bind for 127.0.0.1:{port} failed: port is already allocated",
        "failed to bind host port for 127.0.0.1:{port}:172.17.0.2:80/tcp: address already in use",
        "ports are not available: exposing port TCP 127.0.0.1:{port} -> 0.0.0.0:0: listen tcp 127.0.0.1:{port}: bind",
        "listen tcp4 0.0.0.0:{port}: bind: address already in use",
    ],
)
def test_a_busy_port_names_the_process_that_has_it(busy: int, words: str) -> None:
    found = explained(words.format(port=busy))

    assert found is not None
    assert found.cause.startswith(f"port {busy} of this machine is in use by ")
    assert f"(pid {os.getpid()})" in found.cause


def test_nobody_is_named_for_a_port_that_is_free(busy: int) -> None:
    assert listening.holder(1, lambda port: "") == ""


def test_a_registry_that_is_only_asked_for_another_platform_is_told_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_DEFAULT_PLATFORM", "linux/arm64")

    found = explained("dial tcp: lookup registry.example: no such host")

    assert found
    assert found.cause == "cannot reach the registry"
    assert found.hint.startswith("unset it, or check the network: DOCKER_DEFAULT_PLATFORM is linux/arm64, so local")
