"""One root in a plain WireMock, and through localenv: every response is the same."""

import http.client
import subprocess
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest

from localenv.engines.native.wiremock import jar, java
from localenv.errors import EngineError
from localenv.stubs import StubsNotReady, readiness, server, sources
from localenv.stubs.admin import Admin
from localenv.stubs.recognition import Recognition
from tests.engines.native.conftest import PASSWORD, Start, World
from tests.engines.native.wiremock.asking import Ask
from tests.engines.native.wiremock.corpus import ASKS, FILES
from tests.world.waiting import until

Answer = tuple[object, ...]
_OF_EACH = {"date", "matched-stub-id", "matched-stub-name"}  # headers


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        file = tmp_path / "root" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / "root"


@pytest.fixture
def plain(root: Path) -> Iterator[int]:
    """The port of a WireMock that has loaded the root itself."""
    try:
        runtime, found = java.find(), jar.find(print)
    except EngineError as error:
        pytest.skip(str(error))
    if found.version != server.VERSION:
        pytest.skip(found.warning)
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ("--port", str(port), "--root-dir", str(root), "--disable-gzip", "--disable-banner")
    argv = (str(runtime.program), "-cp", str(found.file), found.main, *options)
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(port), "the plain WireMock answers")
        yield port
    finally:
        child.kill()
        child.wait(60)


def answers(port: int) -> bool:
    return answer(port, Ask(url="/__admin/health"))[:1] == (200,)


def is_ready(port: int) -> bool:
    try:
        readiness.check(port, PASSWORD)
    except StubsNotReady:
        return False
    return True


def answer(port: int, ask: Ask) -> Answer:
    """Everything that a client sees of a response; how the connection ended if there was none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(ask.method, ask.url, ask.body or None, {"Host": "payments", **ask.headers})
        found = connection.getresponse()
        headers = sorted((name, text) for name, text in found.getheaders() if name.lower() not in _OF_EACH)
        return found.status, found.reason, headers, found.read()
    except (OSError, http.client.HTTPException) as error:
        return (type(error).__name__,)
    finally:
        connection.close()


def through_localenv(world: World) -> Iterator[int]:
    [upstream] = world.deployment.stack.upstreams.values()
    assert [str(problem) for source in upstream.sources for problem in sources.check(source)] == []
    only = Recognition(upstreams=["payments"])
    with world.running(), Admin(port=world.room.port, password=PASSWORD, recognition=only) as admin:
        until(lambda: is_ready(world.room.port), "the stub server answers")
        admin.load(upstream)
        yield world.room.port


def test_every_answer_is_that_of_a_plain_wiremock(stubs: Start, root: Path, plain: int) -> None:
    for ours in through_localenv(stubs([root])):
        differing = {
            f"{ask.method} {ask.url}": (wanted, found)
            for ask in ASKS
            if (wanted := answer(plain, ask)) != (found := answer(ours, ask))
            and not wanted[0] == found[0] == 404  # its text describes the nearest stub
        }

        assert differing == {}
