"""A process that cannot be ended is named: here a process of root, for another user."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from localenv.environment.down import guarding
from localenv.errors import EngineError
from localenv.guard import where
from localenv.host import kernel

NOBODY = 65534


def as_nobody(identity: str) -> str:
    """What the end of a guard reports to another user than root."""
    read, written = os.pipe()
    if os.fork() == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            guarding.end(identity)
        except EngineError as error:
            os.write(written, f"{error.message}; {error.hint}".encode())
        finally:
            os._exit(0)
    os.close(written)
    os.wait()
    with os.fdopen(read) as opened:
        return opened.read()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for another user, and everything in it."""
    made = Path(tempfile.mkdtemp(prefix="localenv-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="needs two users")
def test_what_cannot_be_ended_is_named_and_how_to_end_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    own = folder / "localenv" / "shop-local-123456"
    with subprocess.Popen(["sleep", "600"]) as child:
        document = {"pid": child.pid, "start": -5, "children": {"api": (child.pid, kernel.started(child.pid))}}
        where.write(own, {**document, "socket": str(folder / "none"), "boot": kernel.boot()})
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        message = as_nobody(own.name)
        child.kill()
    assert f"cannot end process {child.pid} (sleep): it belongs to another user" in message
    assert f"sudo kill -9 {child.pid}" in message
