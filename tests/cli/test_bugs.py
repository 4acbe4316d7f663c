"""Failures of the machine, and inputs that exceed limits: each is told with the disk or file, and none is a bug."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from localenv.cli import bugs
from localenv.errors import InternalError
from localenv.host import disks

SERVICE = "name: s\nservices:\n  api: {build: .., command: sleep 9, native: {command: sleep 9}}\n"
FILE = "/disk/state.json"


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EIO, "the disk reports an error: see dmesg"),
        (errno.ELOOP, "a link leads to itself"),
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EMFILE, "see ulimit -n"),
    ],
)
def test_an_error_of_the_machine_names_the_file_and_what_to_do(number, hint):
    shown = bugs.as_error(OSError(number, os.strerror(number), FILE), [])

    assert not isinstance(shown, InternalError)
    assert shown.message == f"{FILE}: {os.strerror(number)}"
    assert hint in str(shown.hint)


@pytest.mark.parametrize("variable", ["XDG_STATE_HOME", "XDG_CACHE_HOME", "TMPDIR"])
@pytest.mark.parametrize("left", [(0, 9), (1 << 30, 0)], ids=["bytes", "files"])
def test_a_full_disk_is_told_with_the_folder_on_it_where_the_error_names_no_file(tmp_path, monkeypatch, variable, left):
    monkeypatch.setenv(variable, str(tmp_path / "full"))
    monkeypatch.setattr(disks, "free", lambda path: left if path.is_relative_to(tmp_path / "full") else (1 << 30, 9))
    shown = bugs.as_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), [])

    assert shown.message.startswith(f"{tmp_path}/full")
    assert shown.message.endswith(": No space left on device")


def test_a_copy_of_a_folder_to_a_full_disk_is_told_with_the_first_file(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "a").touch()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(shutil.Error) as failed:
        shutil.copytree(source, tmp_path / "copy", copy_function=full)
    shown = bugs.as_error(failed.value, [])

    assert not isinstance(shown, InternalError)
    assert shown.message == f"{tmp_path}/copy/a: No space left on device"
    assert "free some space" in str(shown.hint)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError("can't start new thread"), "cannot start another thread"),
        (MemoryError(), "out of memory"),
        (RecursionError("maximum recursion depth exceeded"), "nested too deeply"),
        (RuntimeError("Symlink loop from '/a/b'"), "'/a/b': too many levels of symbolic links"),
    ],
)
def test_a_limit_that_python_reports_is_told_in_words(error, message):
    shown = bugs.as_error(error, [])

    assert not isinstance(shown, InternalError)
    assert message in shown.message


def test_links_that_lead_to_themselves_are_told_with_their_name(call, repository):
    for name in ("stubs/mappings", "ctx", "seeds"):
        folder = repository({
            "envs/local.yaml": SERVICE.replace("build: ..", "build: ../ctx") + (
                "needs: {db: {postgres: 17, seed: [../seeds/*.sql]}}\nupstreams: {pay: {stubs: ../stubs}}\n"
            )
        })  # fmt: skip
        (folder / "stubs").mkdir(exist_ok=True)
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(Path(name).name)
        output = call("check")
        (folder / name).unlink()

        assert output.code in (1, 2), (name, output.text)
        assert Path(name).name in output.text, (name, output.text)


@pytest.mark.parametrize("nested", [900, 3000])
def test_deeply_nested_patterns_are_told_with_their_file(call, repository, nested):
    pattern = '{"not": ' * nested + '{"equalTo": "x"}' + "}" * nested
    repository({
        "envs/local.yaml": "name: s\nservices: {api: {image: x}}\nupstreams: {pay: {stubs: ../stubs}}\n",
        "stubs/mappings/a.json": f'{{"request": {{"url": "/", "headers": {{"A": {pattern}}}}}, "response": {{}}}}',
    })  # fmt: skip
    output = call("check")

    assert output.code == 2, output.text
    assert "stubs/mappings/a.json" in output.err


def test_pipes_and_devices_in_a_build_folder_keep_nobody_waiting(call, repository):
    folder = repository({"envs/local.yaml": SERVICE, "Dockerfile": "FROM scratch\nCOPY . .\n"})
    os.mkfifo(folder / "pipe")
    os.mkfifo(folder / "package.json")
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "requirements.txt").symlink_to("/dev/zero")
    for command in ("check", "plan"):
        assert call(command).code in (0, 2)


def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(call, repository):
    folder = repository({"envs/local.yaml": SERVICE})
    for name in ("Dockerfile", ".dockerignore", ".gitignore", "stubs/mappings/a.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(folder / name)
    (folder / "envs/local.yaml").write_text(f"{SERVICE}upstreams: {{pay: {{stubs: ../stubs}}}}\n")
    output = call("check")

    assert output.code in (0, 2)


def test_a_value_of_100_kb_is_planned_at_once(call, repository):
    values = json.dumps(["://a:" * 20_000, '"a":' * 25_000, "-k " * 33_000, "k=" * 50_000, "SECRET" * 16_000])
    repository({"envs/local.yaml": f"name: s\nservices:\n  api: {{image: x, command: {values}}}\n"})

    assert call("plan").code == 0
