"""Entries for editors are merged into their files, and nothing of what is there is lost."""

import json
import os

import pytest

from localenv.environment.here import editors
from localenv.errors import UsageError

ENTRY = editors.vscode("api", ("python", "-m", "orders.api"), "local")
WITH_COMMENTS = """{
    // my own
    "version": "0.2.0", /* "configurations": [ */
    "configurations": [
        {"name": "tests", "type": "debugpy"}, // keep
    ]
}
"""


def test_an_entry_is_added_to_a_new_file(tmp_path):
    assert editors.write_vscode(tmp_path, ENTRY).endswith("added 'localenv: api'")

    written = json.loads((tmp_path / ".vscode/launch.json").read_text())
    assert written["configurations"] == [ENTRY]
    assert ENTRY["args"] == ["run", "--as", "api", "--in-place"]


def test_comments_and_other_entries_stay(tmp_path):
    file = tmp_path / ".vscode/launch.json"
    file.parent.mkdir()
    file.write_text(WITH_COMMENTS)

    editors.write_vscode(tmp_path, ENTRY)

    text = file.read_text()
    assert [line for line in WITH_COMMENTS.splitlines() if line not in text.splitlines()] == []
    assert text.index('"localenv: api"') < text.index('"tests"')
    assert "already" in editors.write_vscode(tmp_path, ENTRY)
    assert file.read_text() == text


@pytest.mark.parametrize("text", ["", "[]", '{"version": "0.2.0"}', '{"a": {"configurations": []}}', "{//"])
def test_what_cannot_be_merged_into_stays_and_the_entry_is_shown(tmp_path, text):
    file = tmp_path / ".vscode/launch.json"
    file.parent.mkdir()
    file.write_text(text)

    with pytest.raises(UsageError, match=r"launch\.json is not changed") as refused:
        editors.write_vscode(tmp_path, ENTRY)

    assert json.dumps(ENTRY, indent=4) in refused.value.hint
    assert file.read_text() == text


def test_node_and_other_languages_have_their_own_kind():
    assert editors.vscode("web", ("npm", "start"), "demo")["runtimeArgs"] == [
        "run", "demo", "--as", "web", "--in-place",
    ]  # fmt: skip
    assert editors.vscode("go", ("go", "run", "."), "local")["command"] == "localenv debug go"


def test_pycharm_has_a_run_configuration_which_is_not_overwritten(tmp_path):
    assert editors.write_pycharm(tmp_path, "api", "local").endswith("written")
    file = tmp_path / ".run/localenv api.run.xml"
    assert '"run --as api --in-place"' in file.read_text()
    file.write_text("mine")

    assert editors.write_pycharm(tmp_path, "api", "local").endswith("exists already")
    assert file.read_text() == "mine"


@pytest.mark.parametrize("place", [".vscode", ".vscode/launch.json", ".run", ".run/localenv api.run.xml"])
def test_no_entry_is_written_through_a_link_out_of_the_repository(tmp_path, place):
    outside, repository = tmp_path / "outside", tmp_path / "repository"
    outside.mkdir()
    link = repository / place
    link.parent.mkdir(parents=True)
    link.symlink_to(outside if "." not in place[1:] else outside / "new")

    with pytest.raises((UsageError, PermissionError), match="leads out of"):
        editors.write_vscode(repository, ENTRY) if "vscode" in place else editors.write_pycharm(repository, "api", "")

    assert list(outside.iterdir()) == []


def test_an_entry_waits_for_no_pipe(tmp_path):
    (tmp_path / ".vscode").mkdir()
    os.mkfifo(tmp_path / ".vscode/launch.json")

    with pytest.raises(UsageError, match="is not a file"):
        editors.write_vscode(tmp_path, ENTRY)
