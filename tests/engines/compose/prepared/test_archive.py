"""The archive of what a container has prepared."""

from pathlib import Path

import pytest

from localenv.engines.compose.prepared import program
from localenv.engines.compose.prepared.preparation import keep, undamaged
from localenv.errors import EngineError


def test_it_is_what_docker_sends() -> None:
    assert program._limited([b"one", b"two"]) == b"onetwo"


def test_too_much_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_LARGEST", 1000)
    with pytest.raises(EngineError, match="more than 0 MiB"):
        program._limited([bytes(600), bytes(600)])


@pytest.mark.parametrize("damaged", [b"whol!", b"who", b""])
def test_a_damaged_one_is_removed_and_not_given_to_a_container(tmp_path: Path, damaged: bytes) -> None:
    archive = tmp_path / "key.tar"
    keep(archive, "classes", b"whole")
    assert undamaged(archive) == b"whole"

    archive.write_bytes(damaged)

    assert undamaged(archive) == b""
    assert not [*tmp_path.iterdir()]
