"""The cluster of PostgreSQL on a disk that is full."""

from pathlib import Path

import pytest

from localenv.engines.native.kinds.postgres import cluster
from localenv.engines.native.kinds.postgres.installations import Installation
from localenv.errors import EngineError
from localenv.process import Completed
from localenv.stack import Need

INITDB = "initdb: error: could not write file: No space left on device"


@pytest.mark.parametrize(("output", "is_full"), [(INITDB, True), ("initdb: error: invalid locale", False)])
def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, is_full: bool) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cluster, "_run", lambda *_, **__: Completed(code=1, output=output))
    (tmp_path / "postgres").touch()
    found = Installation(bin=tmp_path, major=17, version="17.2")

    need = Need(name="db", kind="postgres", version="17", user="app")

    with pytest.raises(EngineError, match="initialising PostgreSQL failed") as failed:
        cluster.provide(found, need, "", tmp_path / "data", lambda line: None, "one")

    hint = f"free some space on the disk of {tmp_path}/localenv, or set XDG_CACHE_HOME to use another"
    assert (failed.value.hint == hint) is is_full
