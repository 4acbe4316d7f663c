"""Compose is called without the program `docker` where Docker's own plugin can be found."""

import json
import os

import pytest

from localenv.engines.compose import plugin


@pytest.fixture(autouse=True)
def docker(tmp_path, monkeypatch):
    """A `docker` with settings of its own, and none of the machine's folders of plugins."""
    monkeypatch.setattr(plugin, "_FOLDERS", (tmp_path / "usr",))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "settings"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return program(tmp_path / "bin" / "docker", b"\x7fELF")


def program(file, content=b"\x7fELF"):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o755)
    return file


def test_it_is_found_in_the_order_of_docker(tmp_path):
    assert plugin.command() == ("docker", "compose")

    last = program(tmp_path / "usr" / "docker-compose")
    assert plugin.command() == (str(last),)
    second = program(tmp_path / "settings" / "cli-plugins" / "docker-compose")
    assert plugin.command() == (str(second),)
    first = program(tmp_path / "more" / "docker-compose")
    settings = {"cliPluginsExtraDirs": [str(first.parent)]}
    (tmp_path / "settings" / "config.json").write_text(json.dumps(settings))
    assert plugin.command() == (str(first),)


def test_a_file_that_cannot_run_is_none(tmp_path):
    program(tmp_path / "usr" / "docker-compose").chmod(0o644)

    assert plugin.command() == ("docker", "compose")


def test_a_docker_that_is_a_script_is_called_itself(tmp_path, docker):
    program(tmp_path / "usr" / "docker-compose")
    program(docker, b"#!/bin/sh\nexec podman")

    assert plugin.command() == ("docker", "compose")
