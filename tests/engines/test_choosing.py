"""The choice of the engine, and its messages."""

import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest

from localenv.engines import EngineModule, native
from localenv.engines.choosing import ENGINES, choose
from localenv.engines.examining import Checks, ok
from localenv.environment import doctor
from localenv.errors import EngineError, EngineSilentError, UsageError
from tests.world.machine import missing_engine


@pytest.fixture
def without_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")


@pytest.mark.usefixtures("without_docker")
def test_without_docker_everything_runs_natively_and_the_reason_is_said() -> None:
    choice = choose("auto")
    assert choice.engine.name == "native"
    assert "unix:///nonexistent" in choice.reason
    assert "\n" not in choice.reason


@pytest.mark.usefixtures("without_docker")
def test_compose_that_is_asked_for_and_missing_is_an_error_with_a_way_out() -> None:
    with pytest.raises(EngineError, match="unix:///nonexistent") as failed:
        choose("compose")
    assert failed.value.exit_code == 4
    assert failed.value.hint


def test_a_remote_docker_is_no_reason_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    choice = choose("auto")
    assert choice.engine.name == "native"
    assert "tcp://192.0.2.1:2375 is reached over TCP" in choice.reason


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("tcp://127.0.0.1", "the Docker engine at tcp://127.0.0.1 is reached over TCP: published ports may not be"),
        ("127.0.0.1:2375", "the Docker engine at 127.0.0.1:2375 is reached over TCP: published ports may not be"),
        ("ssh://me@build", "the Docker engine at ssh://me@build is reached over SSH: published ports may not be"),
        ("nonsense", "DOCKER_HOST is invalid: nonsense is not an address"),
        ("unix:/run/docker.sock", "DOCKER_HOST is invalid: unix:/run/docker.sock is not an address"),
    ],
)
def test_a_docker_that_is_not_on_a_socket_is_told_as_what_it_is_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, host: str, words: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)

    assert words in choose("auto").reason
    with pytest.raises(EngineError, match=re.escape(words)) as raised:
        choose("compose")
    assert "unset DOCKER_HOST" in raised.value.hint
    assert "--engine native" in raised.value.hint


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The settings of Docker's client, without a context."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def test_a_context_of_another_machine_is_told_with_the_way_back(
    monkeypatch: pytest.MonkeyPatch, contexts: Path
) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "far")
    about = contexts / "contexts/meta" / sha256(b"far").hexdigest() / "meta.json"
    about.parent.mkdir(parents=True)
    about.write_text('{"Endpoints": {"docker": {"Host": "ssh://me@build"}}}')

    with pytest.raises(EngineError, match="ssh://me@build is reached over SSH") as raised:
        choose("compose")
    assert "DOCKER_CONTEXT" in raised.value.hint
    assert "DOCKER_HOST" not in raised.value.hint


def test_a_context_that_does_not_exist_is_told_and_not_taken_for_the_default_one(
    monkeypatch: pytest.MonkeyPatch, contexts: Path
) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "nope")

    choice = choose("auto")

    assert choice.engine.name == "native"
    assert 'context "nope" not found' in choice.reason
    with pytest.raises(EngineError, match='context "nope" not found') as raised:
        choose("compose")
    assert "docker context use" in raised.value.hint


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """A Docker that accepts connections and sends its first response after some seconds."""
    monkeypatch.chdir(tmp_path)  # a short path
    link = Path(f"/tmp/localenv-test-{os.getpid()}.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("slow.sock")
        listening.listen()
        link.symlink_to(tmp_path / "slow.sock")
        monkeypatch.setenv("DOCKER_HOST", f"unix://{link}")

        def answer(seconds: float) -> None:
            due = time.monotonic() + seconds

            def serve() -> None:
                with suppress(OSError):
                    while True:
                        caller, _ = listening.accept()
                        time.sleep(max(0.0, due - time.monotonic()))
                        with suppress(OSError), caller:
                            caller.sendall(b"HTTP/1.0 200 OK\r\n\r\n")

            Thread(target=serve, daemon=True).start()

        try:
            yield answer
        finally:
            link.unlink()


@pytest.mark.parametrize("seconds", [1.2, 4.0])
def test_a_docker_that_is_there_and_slow_is_waited_for(
    slow: Callable[[float], None], seconds: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "docker").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    messages: list[str] = []
    slow(seconds)

    assert choose("auto", waiting=messages.append).engine.name == "compose"
    assert messages == (["waiting for Docker, which does not answer yet"] if seconds > 3 else [])


def test_where_a_docker_never_answers_nothing_runs_natively_unless_a_person_says_so(
    slow: Callable[[float], None],
) -> None:
    slow(60)

    with pytest.raises(EngineSilentError, match="does not answer") as raised:
        choose("auto", patience=4)
    assert raised.value.exit_code == 4
    assert raised.value.hint.endswith("--engine native")
    assert choose("native").engine.name == "native"


@pytest.mark.docker
def test_where_a_local_docker_answers_compose_is_chosen_and_that_is_said() -> None:
    assert not missing_engine()
    choice = choose("auto")
    assert choice.engine.name == "compose"
    assert "Docker" in choice.reason


@pytest.mark.docker
def test_where_docker_answers_and_its_client_is_missing_everything_runs_natively_and_the_reason_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not missing_engine()
    monkeypatch.setenv("PATH", str(tmp_path))

    choice = choose("auto")

    assert choice.engine.name == "native"
    assert choice.reason.endswith("Docker engine found, but the program `docker` is not installed")
    assert choose("compose").engine.name == "compose"  # reports it when it is needed


@pytest.mark.usefixtures("without_docker")
def test_what_runs_already_goes_on_where_it_runs() -> None:
    assert choose("auto", "native").reason == ""
    with pytest.raises(UsageError, match="runs on engine native"):
        choose("compose", "native")


def test_an_engine_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(UsageError, match="unknown engine 'another'") as failed:
        choose("another")
    assert ", ".join(("auto", *ENGINES)) in failed.value.hint


class Pods:
    """What the package of a third engine would have."""

    def module(self) -> EngineModule:
        """The engine; here that of processes."""
        return native.module()

    def checks(self) -> Checks:
        return {"pods": lambda stack: ok("there")}


@pytest.mark.usefixtures("without_docker")
def test_an_engine_is_one_package_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "pods", Pods())

    assert choose("pods").engine.observe("nothing-of-this-name-000000").services == {}
    assert choose("auto").engine.name == "native"  # the new one, which is the last, runs the same
    with pytest.raises(UsageError, match="unknown engine") as failed:
        choose("another")
    assert failed.value.hint == f"available: {', '.join(('auto', *ENGINES))}"
    assert [one.found for one in doctor.diagnose(engine="pods").results if one.engine == "pods"] == ["there"]
