"""The values of `${env.…}`."""

import json
import os
import threading

import pytest

from localenv import paths
from localenv.environment import variables
from localenv.environment.locating import locate
from localenv.environment.request import Request
from localenv.environment.up.preparing import stack
from localenv.errors import UsageError
from localenv.errors.problems import Position
from localenv.stack import Template


def test_the_environment_of_the_command_wins_over_the_file(repository, monkeypatch):
    folder = repository({".env": "A=file\nB=file\n"})
    monkeypatch.setenv("A", "command")

    found = variables.read(folder).values

    assert (found["A"], found["B"]) == ("command", "file")
    assert variables.read(folder / "nowhere").values["A"] == "command"


def test_the_file_beside_envs_wins_over_that_of_the_repository(repository):
    folder = repository({".env": "A=top\nB=top\n", "shop/.env": "A=shop\n", "shop/envs/local.yaml": "services: {}\n"})
    target = locate("local", folder / "shop")

    found = variables.read(folder, target.home).values

    assert (found["A"], found["B"]) == ("shop", "top")


WRITTEN = {
    "V=plain": "plain",
    "V = spaced  ": "spaced",
    "export V=x": "x",
    "V=": "",
    "V=a b # comment": "a b",
    "V=a#b": "a#b",
    "V=#": "#",
    "V: x": "x",
    "V:x": "x",
    "V=$HOME ${X} `id`": "$HOME ${X} `id`",
    "V=a=b": "a=b",
    "V='a $b # c'": "a $b # c",
    "V='it\\n'  # comment": "it\\n",
    "V='it\\'s'": "it's",
    'V="a\\nb\\t\\"c\\" \\$x \\\\ \\q"': 'a\nb\t"c" $x \\ \\q',
    'V="first\nsecond"': "first\nsecond",
    "V='-----BEGIN-----\nab=\n-----END-----'\nW=1": "-----BEGIN-----\nab=\n-----END-----",
    "V=it's": "it's",
    'V="\\0101\\012\\0777"': "A\\012\\0777",
    "# V=no\n\n  # V=no\nV=yes": "yes",
    "V=one\nV=two": "two",
    "V=a\r\nW=b\r": "a",
    "V=a\u2028b\x85c\x0bd": "a\u2028b\x85c\x0bd",
    "V=\xa0x\xa0": "x",
    "\ufeffV=bom": "bom",
    'V="a\rb"': "a\rb",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_file_of_variables_is_taken_literally(repository, monkeypatch, text):
    monkeypatch.delenv("V", raising=False)
    folder = repository({".env": text.encode()})

    assert variables.read(folder).values["V"] == WRITTEN[text]


@pytest.mark.parametrize("name", ["1A", "ÄÖ", "a.b-c", "A[0]"])
def test_names_are_those_that_compose_takes(repository, name):
    assert variables.read(repository({".env": f"{name}=x\n"})).values[name] == "x"


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"A=1\nB='x\ny'\nno variable\nC=2", 4, "not a KEY=value line"),
        (b"=x", 1, "not a KEY=value line"),
        (b"A=\xff", 1, "the file is not UTF-8 text"),
    ],
)
def test_a_line_that_is_no_variable_is_told_with_its_place_and_stops_nothing(repository, content, line, reason):
    folder = repository({".env": content})

    (problem,) = variables.read(folder).problems

    assert (problem.at, problem.message) == (Position(folder / ".env", line), reason)


def test_a_name_alone_is_that_of_the_command(repository, monkeypatch):
    monkeypatch.setenv("V", "command")
    folder = repository({".env": "V\nNOBODY_HAS_IT\n"})

    assert variables.read(folder).values["V"] == "command"
    assert "NOBODY_HAS_IT" not in variables.read(folder).values
    assert not variables.read(folder).problems


def test_a_name_alone_in_another_file_may_be_that_of_the_env_file_of_the_repository(repository):
    described = "services: {api: {image: x, env_file: ../api.env}}"
    folder = repository({"envs/local.yaml": described, "api.env": "V\nNOBODY_HAS_IT\n", ".env": "V=there\n"})

    assert stack(Request(target=locate(folder=folder))).services["api"].environment == {"V": Template(("there",))}


def test_a_named_pipe_is_read_once(repository):
    folder = repository({})
    os.mkfifo(folder / ".env")
    writer = threading.Thread(target=lambda: (folder / ".env").write_text("FROM_THE_PIPE=x\n"), daemon=True)
    writer.start()

    assert [variables.read(folder).values["FROM_THE_PIPE"] for _ in range(2)] == ["x", "x"]
    writer.join(5)


def test_a_named_pipe_that_nobody_fills_is_told(repository, monkeypatch):
    monkeypatch.setattr(variables, "_PATIENCE", 0.1)
    folder = repository({})
    os.mkfifo(folder / ".env")

    (problem,) = variables.read(folder).problems

    assert "named pipe" in problem.message


def test_what_was_used_by_the_last_start_counts_for_what_runs(repository, monkeypatch):
    folder = repository({"envs/local.yaml": "services: {api: {image: x, environment: {A: '${env.A}'}}}"})
    monkeypatch.setenv("A", "then")
    planned = stack(Request(target=locate(folder=folder)))
    variables.record("shop-local-0123ab", planned, variables.read(folder))
    monkeypatch.setenv("A", "now")
    monkeypatch.setenv("B", "now")

    found = variables.applied("shop-local-0123ab", folder).values

    assert (found["A"], found["B"]) == ("then", "now")
    kept = paths.variables("shop-local-0123ab")
    assert json.loads(kept.read_text()) == {"A": "then"}
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_replaced_by_a_link_since_the_start_is_not_read_and_hides_nothing_that_runs(
    repository, tmp_path, monkeypatch
):
    folder = repository({"envs/local.yaml": "services: {api: {image: x, environment: {A: '${env.A}'}}}"})
    monkeypatch.setenv("A", "then")
    variables.record("shop-local-0123ab", stack(Request(target=locate(folder=folder))), variables.read(folder))
    outside = tmp_path.parent / f"{tmp_path.name}.outside"
    outside.write_text("B=canary\n")
    (folder / ".env").unlink(missing_ok=True)
    (folder / ".env").symlink_to(outside)

    found = variables.applied("shop-local-0123ab", folder)

    assert found.values["A"] == "then"
    assert "B" not in found.values
    assert ".env leads out of the repository" in found.problems[0].message
    with pytest.raises(UsageError, match="leads out of the repository"):
        variables.read(folder)
