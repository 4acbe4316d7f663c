"""The archive of what a container has prepared."""

import pytest

from localenv.engines.compose.prepared import program
from localenv.errors import EngineError


def test_it_is_what_docker_sends() -> None:
    assert program._limited([b"one", b"two"]) == b"onetwo"


def test_too_much_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_LARGEST", 1000)
    with pytest.raises(EngineError, match="more than 0 MiB"):
        program._limited([bytes(600), bytes(600)])
