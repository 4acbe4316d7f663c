"""The archive of what a container has prepared."""

import io
import tarfile

import pytest

from localenv.engines.compose.prepared import program
from localenv.errors import EngineError


def chunks(name: str, content: bytes) -> list[bytes]:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.uid = len(content), 0o640, 999
        archive.addfile(entry, io.BytesIO(content))
    return [packed.getvalue()]


def test_its_paths_are_those_of_a_container_and_owners_stay() -> None:
    made = program._from_root(chunks("data/base/1", b"rows"), "/var/lib/it/data")
    with tarfile.open(fileobj=io.BytesIO(made)) as archive:
        (entry,) = archive.getmembers()
        assert (entry.name, entry.mode, entry.uid) == ("var/lib/it/data/base/1", 0o640, 999)
        opened = archive.extractfile(entry)
        assert opened is not None
        assert opened.read() == b"rows"


def test_too_much_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_LARGEST", 1000)
    with pytest.raises(EngineError, match="more than 0 MiB"):
        program._from_root(chunks("data", bytes(2000)), "/data")
