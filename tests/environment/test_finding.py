"""An environment that is written down is found without asking anybody."""

import socket

import pytest

from localenv import environment, state
from localenv.state import Record


def test_docker_is_not_asked_for_what_is_written_down_nor_for_what_is_no_identity(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    told = {"name": "shop", "env": "local", "folder": str(tmp_path), "description": "", "engine": "native"}
    state.save(Record(identity="shop-local-0123ab", **told))
    with socket.socket(socket.AF_UNIX) as docker:
        docker.bind(f"{tmp_path}/docker.sock")
        docker.listen()
        docker.setblocking(False)

        assert environment.find("shop-local-0123ab").name == "shop"
        assert environment.find("local") is None

        with pytest.raises(BlockingIOError):
            docker.accept()
