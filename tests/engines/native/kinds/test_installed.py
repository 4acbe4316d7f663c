"""Programs from the system's packages: found, queried for their version, or refused with the reason."""

import os
import platform
import shutil
import sys
from pathlib import Path

import pytest

from localenv.engines.native.kinds import installed
from localenv.engines.native.kinds.redis import installations
from localenv.errors import EngineError
from localenv.stack import Need
from tests.engines.native.conftest import Start

FAILING = "#!/bin/sh\necho 'cannot open libssl.so.1.1' >&2\nexit 127\n"


def test_a_programs_version_is_asked_once_for_each_build_of_it(tmp_path: Path, fresh_cache: Path) -> None:
    program, script = tmp_path / "python", tmp_path / "script"
    shutil.copy(Path(sys.executable).resolve(), program)
    script.write_text(f"#!/bin/sh\nexec {sys.executable} --version\n")
    script.chmod(0o755)
    here = platform.python_version()

    assert installed.version(program, "--version") == installed.version(script, "--version") == here

    (note,) = (fresh_cache / "versions").iterdir()
    note.write_text("0.1")
    assert installed.version(program, "--version") == "0.1"
    os.utime(program, (1, 1))
    assert installed.version(program, "--version") == here


def test_a_version_is_known_where_nothing_can_be_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert installed.version(Path(sys.executable).resolve(), "--version") == platform.python_version()


def test_a_program_that_fails_has_no_version_but_a_reason_whatever_numbers_it_prints(tmp_path: Path) -> None:
    program = _script(tmp_path / "server", FAILING)
    with pytest.raises(installed.Unusable, match=r"`server --version` exited with code 127") as raised:
        installed.version(program, "--version")
    assert raised.value.log == ("cannot open libssl.so.1.1",)
    with pytest.raises(installed.Unusable, match=r"`server --version` printed no version"):
        installed.version(_script(program, "#!/bin/sh\necho none\n"), "--version")
    with pytest.raises(installed.Unusable, match=f"{tmp_path}/gone does not work"):
        installed.version(tmp_path / "gone", "--version")


@pytest.mark.parametrize("name", ["mariadb", "nats"])
def test_a_server_that_does_not_work_is_not_started_and_the_reason_is_said(
    name: str, world: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("mariadbd", "mariadb", "nats-server"):
        _script(tmp_path / program, FAILING)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(installed.Unusable, match="exited with code 127") as raised:
        world(name).program()
    assert raised.value.log == ("cannot open libssl.so.1.1",)


def test_the_only_redis_that_is_here_and_does_not_work_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _script(tmp_path / "redis-server", FAILING)
    monkeypatch.setattr(installations, "_programs", lambda: {program: "this machine"})
    monkeypatch.setattr(installations, "servers", installations.servers.__wrapped__)
    with pytest.raises(EngineError, match="no working Redis on this machine") as raised:
        installations.fitting(Need(name="it", kind="redis", version="8", user="u"))
    failed = f"{program} does not work: `redis-server --version` exited with code 127"
    assert raised.value.log == (failed, "cannot open libssl.so.1.1")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("nats", "package nats-server"), ("mongo", "package mongodb-org-server"), ("kafka", "set KAFKA_HOME")],
)
def test_a_kind_that_is_not_installed_names_what_to_install(
    name: str, hint: str, world: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("nats-server", "mongod", "kafka-server-start.sh"):
        _script(tmp_path / program, FAILING)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    one = world(name)
    monkeypatch.setattr("localenv.engines.native.kinds.installed._SYSTEM", ())
    monkeypatch.setattr("localenv.engines.native.kinds.kafka._USUAL", ())
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(EngineError, match=f"{name} is not installed") as raised:
        one.program()
    assert hint in raised.value.hint
    assert "--engine compose" in raised.value.hint


def _script(file: Path, text: str) -> Path:
    file.write_text(text)
    file.chmod(0o755)
    return file
