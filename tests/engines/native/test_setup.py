"""`native.setup`: what is prepared in the cache, when it is repeated, and what stays unchanged."""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localenv import paths
from localenv.engines import Say
from localenv.engines.native import environment, folders, interpreters, rooms, setup, virtual
from localenv.engines.native.program import Program
from localenv.engines.native.setup_plan import PreparedFolder
from localenv.errors import EngineError, NotReadyError
from localenv.process import Completed, Invocation
from localenv.process import run as run_program
from localenv.stack import Build, Native, Role, Service, Setup
from localenv.stack.references import literal


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "requirements.txt").write_text("one\n")
    return folder


def service(folder: Path, *words: str, name: str = "api", inputs: tuple[str, ...] = (), **native: str) -> Service:
    """A service with these files as inputs, as they are now."""
    goes_by = {one: (folder / one).read_text() for one in inputs}
    steps = (Setup(command=tuple(map(literal, words)), inputs=goes_by),) if words else ()
    return Service(name=name, role=Role.SERVICE, build=Build(context=folder), native=Native(setup=steps, **native))


def prepare(one: Service, say: Say, user: str | None = None, *, pip: bool = False, since: float = 0) -> PreparedFolder:
    """Prepare it without a guard: the steps run as children of this process, and pip, which takes seconds, if asked."""

    def run(program: Program, say: Say) -> Completed:
        argv, variables = program.argv, program.environment
        if "virtualenv" in argv and not pip:
            argv = (*argv, "--no-pip", "--no-setuptools")
        done = run_program(Invocation(argv=argv, environment=variables, folder=program.folder))
        for line in done.lines:
            say(line)
        return done

    return setup.prepare(one, say, run, user=user, since=since)


COUNT = ("python", "-c", "open(__import__('os').environ['VIRTUAL_ENV'] + '/made', 'a').write('x')")


WRITE = ("python", "-c", "import os, sys; open(os.environ['VIRTUAL_ENV'] + '/made', 'a').write(sys.argv[1])")


def made(prepared: PreparedFolder) -> str:
    return (Path(prepared.environment["VIRTUAL_ENV"]) / "made").read_text()


def test_a_step_runs_in_an_environment_of_its_own_and_once(app: Path) -> None:
    first = prepare(service(app, *COUNT, inputs=("requirements.txt",)), print)
    again = prepare(service(app, *COUNT, inputs=("requirements.txt",)), print)
    assert first == again
    assert made(first) == "x"
    output = subprocess.run([first.path[0] / "python", "-c", "import sys; print(sys.prefix)"], capture_output=True)
    assert output.stdout.decode().strip() == first.environment["VIRTUAL_ENV"]


def test_where_virtualenv_cannot_create_it_python_does(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def commands(python: Path, place: Path) -> Iterator[tuple[str, ...]]:
        place.mkdir()
        yield str(python), "-c", f"open({str(place / 'left')!r}, 'w'); exit('this Python is too old')"
        yield str(python), "-m", "venv", "--without-pip", str(place)

    monkeypatch.setattr(virtual, "commands", commands)
    prepared = prepare(service(app, *COUNT), print)
    assert made(prepared) == "x"
    assert not (Path(prepared.environment["VIRTUAL_ENV"]) / "left").exists()


def test_its_environment_has_pip_whatever_the_users_own_options_for_virtualenv_are(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.ini").write_text("[virtualenv]\nno_pip = true\nsystem-site-packages = true\n")
    monkeypatch.setenv("VIRTUALENV_CONFIG_FILE", str(tmp_path / "own.ini"))
    monkeypatch.setenv("VIRTUALENV_NO_PIP", "1")
    prepared = prepare(service(app, "pip", "--version"), print, pip=True)
    virtual_environment = Path(prepared.environment["VIRTUAL_ENV"])
    assert (virtual_environment / "bin" / "pip").is_file()
    assert "include-system-site-packages = false" in (virtual_environment / "pyvenv.cfg").read_text()


def test_the_longest_unused_folders_are_removed_once_there_are_too_many_and_none_of_an_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(folders, "_LARGEST_SETUPS", 1)
    environments = [paths.state(f"{name}-local-0123ab") for name in ("shop", "other")]
    made: dict[str, Path] = {}
    for number, user in enumerate((environments[0].name, environments[1].name, None, None)):
        source = tmp_path / f"app{number}"
        source.mkdir()
        prepared = prepare(service(source, "node", "--version"), print, user)  # without a virtual environment: quick
        made[str(user or number)] = prepared.folder.parent
        os.utime(prepared.folder.parent, (number, number))

    def removing() -> list[str]:
        for program in folders.bounds():
            subprocess.run(program.argv, env=dict(program.environment), check=True)
        return [name for name, folder in made.items() if not folder.exists()]

    assert removing() == ["2"]  # not the newest
    shutil.rmtree(environments[0])
    assert folders.bounds() == ()  # nothing was made since
    rooms.finish(made["3"])
    assert removing() == [environments[0].name, "2"]


def test_what_a_step_leaves_among_temporary_files_goes_with_it(app: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    prepare(service(app, "python", "-c", "import tempfile; print(tempfile.mkdtemp())"), lines.append)
    title, _, line = lines[-1].partition(": ")
    assert title == "python -c import tempfile; print(tempfile.mkdtemp())"  # whole: the terminal shortens it
    left = Path(line)
    assert left.is_relative_to(tmp_path / "cache")
    assert not left.exists()


def test_services_of_one_folder_that_agree_share_what_was_made_and_no_other_folder_does(
    app: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(app, other)
    one = prepare(service(app, *COUNT, inputs=("requirements.txt",)), print)
    two = prepare(service(app, *COUNT, name="worker", inputs=("requirements.txt",)), print)
    three = prepare(service(other, *COUNT, inputs=("requirements.txt",)), print)
    assert one == two
    assert made(one) == made(three) == "x"
    assert one.environment["VIRTUAL_ENV"] != three.environment["VIRTUAL_ENV"]


def test_a_changed_input_redoes_from_the_first_changed_step_on_in_the_same_environment(app: Path) -> None:
    for name in "abc":
        (app / name).write_text("1")

    def several() -> Service:
        steps = [service(app, *WRITE, name, inputs=(name,)).native for name in "abc"]
        native = Native(setup=tuple(step for one in steps if one for step in one.setup))
        return Service(name="api", role=Role.SERVICE, build=Build(context=app), native=native)

    first = prepare(several(), print)
    assert setup.due(several()) == ("", "", "")
    (app / "b").write_text("2")
    assert setup.due(several()) == ("", "b changed", "after " + " ".join((*WRITE, "b")))
    lines: list[str] = []
    assert prepare(several(), lines.append) == first
    assert lines[0].endswith(" b (b changed)")
    assert lines[-1].endswith(" c")
    assert made(first) == "abcbc"
    (app / "b").write_text("1")  # as it was at first: the last run counts
    prepare(several(), print)
    assert made(first) == "abcbcbc"


def test_what_is_asked_for_begins_anew_once_and_stays_as_it_was_if_a_step_fails(app: Path) -> None:
    once = service(app, *COUNT[:2], COUNT[2] + "; exit(__import__('os').path.exists('broken'))")
    first = prepare(once, print)
    (Path(first.environment["VIRTUAL_ENV"]) / "made").write_text("broken by hand")
    asked = time.time() + 1
    (app / "broken").touch()
    with pytest.raises(NotReadyError):
        prepare(once, print, since=asked)
    assert made(prepare(once, print)) == "broken by hand"
    (app / "broken").unlink()
    room = Path(first.environment["VIRTUAL_ENV"]).parent
    for _ in range(2):  # a second service with the same folder and steps
        assert made(prepare(once, print, since=asked)) == "x"
        os.utime(room / "done", (asked, asked))
    assert list(room.parent.glob(".*.old")) == []


def test_packages_that_the_list_no_longer_names_are_removed(app: Path) -> None:
    for name, needs in (("liba", "libc"), ("libb", ""), ("libc", "")):
        wheel(app, name, needs)
    install = ("pip", "install", "--no-index", "--find-links", ".", "-q", "-r", "requirements.txt")

    def packages(names: str) -> set[str]:
        (app / "requirements.txt").write_text(names)
        prepared = prepare(service(app, *install, inputs=("requirements.txt",)), print, pip=True)
        virtual = Path(prepared.environment["VIRTUAL_ENV"])
        return {one.name[:4] for one in virtual.glob("lib/*/site-packages/lib*.dist-info")}

    assert packages("liba\nlibb\n") == {"liba", "libb", "libc"}
    assert packages("libb\n") == {"libb"}
    assert packages("libb\nlibc\n") == {"libb", "libc"}


def wheel(folder: Path, name: str, needs: str) -> None:
    about = f"{name}-1.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n" + (f"Requires-Dist: {needs}\n" if needs else "")
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as opened:
        opened.writestr(f"{name}.py", "")
        opened.writestr(f"{about}/METADATA", metadata)
        opened.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        opened.writestr(f"{about}/RECORD", f"{name}.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")


def test_what_a_step_wrote_and_is_gone_is_made_again(app: Path) -> None:
    one = service(app, "python", "-c", "import os; os.makedirs('static', exist_ok=True); open('static/a.css', 'w')")
    prepare(one, print)
    shutil.rmtree(app / "static")

    assert setup.due(one) == ("static/a.css is missing",)
    prepare(one, print)
    assert (app / "static/a.css").exists()


def test_what_steps_of_others_have_overwritten_is_made_again(app: Path) -> None:
    one, other = (service(app, "python", "-c", f"open('version.txt', 'w').write('{text}')") for text in ("1", "2"))
    for wanted, text in ((one, "1"), (other, "2"), (one, "1")):
        prepare(wanted, print)
        assert (app / "version.txt").read_text() == text


def test_after_a_step_that_failed_it_goes_on_with_that_in_the_same_environment(app: Path) -> None:
    fails = ("python", "-c", "raise SystemExit(not __import__('os').path.exists('there'))")
    parts = [service(app, *words).native for words in (COUNT, fails)]
    both = replace(service(app), native=Native(setup=tuple(step for one in parts if one for step in one.setup)))
    with pytest.raises(NotReadyError):
        prepare(both, print)
    (app / "there").touch()
    assert made(prepare(both, print)) == "x"


def test_a_step_that_fails_is_shown_and_done_again_the_next_time(app: Path) -> None:
    failing = service(app, "python", "-c", "print('no such package'); raise SystemExit(3)")
    for _ in range(2):
        with pytest.raises(NotReadyError, match=r"api: .*exited with code 3") as raised:
            prepare(failing, print)
        assert raised.value.log == ("no such package",)


def test_a_program_that_is_not_there_is_named(app: Path) -> None:
    with pytest.raises(NotReadyError, match=r"api: .*no-such-program"):
        prepare(service(app, "no-such-program"), print)


def test_without_setup_nothing_is_made(app: Path, tmp_path: Path) -> None:
    prepared = prepare(Service(name="api", role=Role.SERVICE, build=Build(context=app)), print)
    assert (prepared.path, prepared.folder) == ((), app)
    assert not (tmp_path / "cache" / "localenv" / "setups").exists()


def test_its_working_dir_is_where_its_commands_run(app: Path) -> None:
    one = Service(name="api", role=Role.SERVICE, build=Build(context=app), native=Native(working_dir=app.parent))
    assert prepare(one, print).folder == app.parent


def test_the_own_repository_is_not_written_to(app: Path) -> None:
    (app / "code.py").write_text("x = 1\n")
    prepared = prepare(service(app, "python", "-c", "import sys; sys.path.insert(0, '.'); import code"), print)
    variables = environment.with_path({**environment.clean(), **prepared.environment}, *prepared.path)
    subprocess.run(["python", "-c", "import sys; sys.path[0] = '.'; import code"], cwd=app, env=variables, check=True)
    assert sorted(file.name for file in app.iterdir()) == ["code.py", "requirements.txt"]


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_node_modules_lie_beside_a_copy_that_follows_the_sources(app: Path) -> None:
    (app / "requirements.txt").unlink()
    (app / "package.json").write_text('{"name": "app", "version": "1.0.0", "type": "module"}')
    lock = '{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "app"}}}'
    (app / "package-lock.json").write_text(lock)
    (app / "server.js").write_text("console.log('one')")
    node = service(app, "npm", "ci", inputs=("package-lock.json",))
    prepared = prepare(node, print)
    assert not (app / "node_modules").exists()
    (app / "server.js").write_text("console.log('another')")
    (app / "new.js").write_text("")
    assert prepare(node, print) == prepared
    variables = environment.with_path(environment.clean(), *prepared.path)
    done = subprocess.run(["node", "server.js"], cwd=prepared.folder, env=variables, capture_output=True, check=True)
    assert done.stdout == b"another\n"
    (app / "new.js").unlink()
    prepare(node, print)
    assert not (prepared.folder / "new.js").exists()


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_what_steps_made_in_the_copy_stays_as_they_made_it(app: Path) -> None:
    (app / "dist").mkdir()
    (app / "dist/a.js").write_text("of the sources")
    node = service(app, "node", "-e", "require('fs').writeFileSync('dist/a.js', 'built')", inputs=("requirements.txt",))
    for _ in range(2):
        assert (prepare(node, print).folder / "dist/a.js").read_text() == "built"
    assert (app / "dist/a.js").read_text() == "of the sources"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_without_a_step_runs_in_its_own_folder(app: Path, tmp_path: Path) -> None:
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip("v\n")
    prepared = prepare(service(app, node=version), print)
    assert prepared.folder == app
    assert app / "node_modules" / ".bin" in prepared.path
    assert not (tmp_path / "cache" / "localenv" / "setups").exists()


def test_an_interpreter_that_is_not_here_is_named_with_where_it_was_looked_for() -> None:
    with pytest.raises(EngineError, match=r"Python 2\.4 not found") as raised:
        interpreters.python("2.4")
    assert "PATH" in raised.value.hint
    assert "pyenv" in raised.value.hint
    with pytest.raises(EngineError, match=r"Node 4 not found") as raised:
        interpreters.node("4")
    assert "PATH" in raised.value.hint
    assert ".nvm" in raised.value.hint


def test_a_program_that_stands_for_versions_it_has_not_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "python2.4"
    shim.write_text("#!/bin/sh\necho 'python2.4: not found; it exists in 2.4.6' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(EngineError, match=rf"Python 2\.4 not found \({shim} does not work"):
        interpreters.python("2.4")


def test_whose_interpreter_is_not_here_is_said(app: Path) -> None:
    with pytest.raises(EngineError, match=r"^api: Python 2\.4 not found"):
        prepare(service(app, python="2.4"), print)


def test_the_python_that_localenv_runs_on_is_the_default() -> None:
    assert interpreters.python(None).resolve() == Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    assert interpreters.python("3") == interpreters.python(None)


def test_of_the_environment_only_what_a_program_needs_is_kept() -> None:
    variables = {"PATH": "/bin", "HOME": "/h", "LC_ALL": "C", "SECRET": "no", "VIRTUAL_ENV": "/v", "pip_index_url": "u"}
    variables |= {"PDM_PYPI_URL": "u", "PIPENV_PYPI_MIRROR": "u"}
    clients = {"pip_index_url": "u", "PDM_PYPI_URL": "u", "PIPENV_PYPI_MIRROR": "u"}
    no_file = {"PSQLRC": "/dev/null"}  # the user's own, which psql would read
    assert environment.clean(variables) == {"PATH": "/bin", "HOME": "/h", "LC_ALL": "C"} | clients | no_file
    assert environment.way(variables) == {"PATH": "/bin", "HOME": "/h", "LC_ALL": "C"}


def test_behind_a_proxy_this_machine_is_reached_without_it() -> None:
    kept = environment.clean({"https_proxy": "http://proxy:3128", "NO_PROXY": "intern"})
    assert kept["https_proxy"] == "http://proxy:3128"
    assert kept["no_proxy"].split(",")[:2] == ["intern", "127.0.0.1"]
    assert kept["NO_PROXY"] == kept["no_proxy"]
