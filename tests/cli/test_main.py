"""Behaviour of `localenv` before and after any command."""

import importlib
import inspect
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from localenv import paths, state
from localenv.cli import commands, main, split
from localenv.errors import JobError
from localenv.stack.states import EnvironmentState
from localenv.state import locking


def test_arguments_are_split_at_the_first_double_dash():
    assert split(["up", "ci", "--", "sh", "--", "-c"]) == (["up", "ci"], ("sh", "--", "-c"))
    assert split(["up", "ci"]) == (["up", "ci"], None)
    assert split(["up", "--"]) == (["up"], ())


def test_help_lists_every_command_with_what_it_does(call):
    shown = call("--help")

    assert shown.code == 0
    for name, command in commands.COMMANDS.items():
        assert f"  {name} " in shown.out
        assert command.help in shown.out


def test_every_command_has_a_module_whose_help_begins_with_the_line_in_the_list():
    for name, command in commands.COMMANDS.items():
        docstring = inspect.getdoc(importlib.import_module(f"localenv.cli.{name}").command)
        assert docstring.splitlines()[0] == command.help, name


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_every_command_explains_itself(call, name):
    shown = call(name, "--help")

    assert shown.code == 0
    assert commands.COMMANDS[name].help in shown.out
    assert ("-- CMD" in shown.out.splitlines()[0]) == commands.COMMANDS[name].program


def test_help_imports_nothing_that_costs_time(python):
    heavy = (
        "{'pydantic', 'docker', 'rich', 'httpx', 'yaml', 'jinja2', 'python_on_whales', 'cryptography', 'watchfiles'}"
    )
    program = f"import sys; from localenv.cli import main; main(['--help']); sys.exit(str({heavy} & set(sys.modules)))"

    assert python("-c", program).err.strip() == "set()"


@pytest.mark.parametrize("command", ["down", "ls", "extend", "cache"])
def test_a_command_that_reads_no_description_imports_nothing_that_does(python, command):
    heavy = "{'pydantic', 'yaml', 'jinja2', 'httpx', 'watchfiles', 'docker', 'xml.etree.ElementTree'}"
    output = python("-c", f"import sys, localenv.cli.{command}; sys.exit(str({heavy} & set(sys.modules)))")

    assert output.err.strip() == "set()"


def test_a_command_that_is_not_there_is_a_usage_error_with_the_nearest_one(call):
    output = call("statsu")

    assert (output.code, output.out) == (2, "")
    assert output.err == "error: unknown command 'statsu'\nhint: localenv status\n"
    assert call("stat").err.endswith("hint: localenv status\n")  # and not start, which is as near
    assert call("share").err.endswith("hint: localenv --help\n")  # not start, which is another word


@pytest.mark.parametrize(
    ("name", "hint"), [("ps", "status"), ("shell", "exec"), ("prune", "--help"), ("psql", "connect")]
)
def test_a_command_of_other_tools_leads_to_its_counterpart(call, name, hint):
    assert call(name).err == f"error: unknown command '{name}'\nhint: localenv {hint}\n"


@pytest.mark.parametrize("mistyped", ["dwn", "downs", "restart", "resett", "cach"])
def test_a_mistyped_command_never_suggests_one_that_removes(call, mistyped):
    hint = call(mistyped).err.splitlines()[1]

    assert not any(word in hint.split() for word in ("down", "reset", "cache"))


def test_a_mistyped_option_never_suggests_one_that_removes(call):
    assert call("down", "--dta").err.splitlines()[1] == "hint: localenv down --help"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_a_shell(call, shell):
    assert "_LOCALENV_COMPLETE" in call("completion", shell).out
    assert "one of bash, zsh" in call("completion", "csh").err


def test_an_option_that_is_not_there_is_a_usage_error_on_standard_error(call):
    output = call("up", "--bogus")

    assert (output.code, output.out) == (2, "")
    assert "--bogus" in output.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plan", "a", "b"), "unexpected argument 'b'"),
        (("stub", "--priority", "11"), "invalid value for '--priority': '11' is not a number from 1 to 9"),
        (("extend", "5"), "invalid value: '5' needs a unit: 5m or 5h"),
        (("fault", "--times", "x"), "invalid value for '--times': 'x' is not a whole number from 0"),
        (("logs", "--tail"), "option '--tail' requires an argument"),
        (("extend",), "missing argument 'DURATION'"),
        (("stop",), "missing argument 'SERVICE...'"),
        (("stub", "payments", "--status", "99"), "invalid value for '--status': '99' is not a status from 200 to 599"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_expected(call, arguments, message):
    output = call(*arguments)

    first, hint = output.err.splitlines()
    assert (output.code, first) == (2, f"error: {message}")
    assert arguments[0] in hint


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("stub", "--method", "POST"), "as in localenv stub payments POST /charges --status 402"),
        (("extend",), "as in localenv extend 30m; localenv extend --help"),
        (("up", "--detatch"), "did you mean --detach"),
    ],
)
def test_an_option_that_is_not_there_is_answered_with_a_near_one_or_an_example(call, arguments, hint):
    assert f"\nhint: {hint}" in call(*arguments).err


def test_the_version_is_printed(call):
    assert call("--version").out.startswith("localenv 0.")


def test_a_command_that_runs_no_program_takes_nothing_after_the_double_dash(call):
    output = call("status", "--", "true")

    assert output.code == 2
    others = "up, record, run, debug, exec, connect"
    assert output.err == f"error: `localenv status` takes no command after --\nhint: commands that do: {others}\n"


@pytest.mark.parametrize("arguments", [("run",), ("run", "--"), ("exec", "api", "--"), ("up", "--")])
def test_a_command_that_runs_a_program_says_how_where_there_is_none(call, arguments):
    output = call(*arguments)

    assert output.code == (125 if arguments[0] == "up" else 2)
    assert output.err.startswith("error: missing command\nhint: localenv ")


def test_a_failure_of_up_is_told_apart_from_the_code_of_its_program(call, repository):
    repository({"envs/local.yaml": "services: 7\n"})

    assert call("up").code == 2
    output = call("up", "--", "true")
    assert output.code == 125
    assert "envs/local.yaml:1:" in output.err


def test_a_failure_is_told_with_its_reason_the_end_of_its_log_and_a_hint(call, monkeypatch):
    def fail():
        raise JobError("db.migrate: exited with 1", log=["line 1", "line 2"], hint="try again")

    monkeypatch.setattr("localenv.cli.ls.survey", fail)
    output = call("ls")

    assert (output.code, output.out) == (6, "")
    assert output.err == "error: db.migrate: exited with 1\n    line 1\n    line 2\nhint: try again\n"


def test_a_bug_is_one_line_and_a_file_that_only_its_user_can_read(call, monkeypatch):
    def divide():
        return 1 // 0

    monkeypatch.setattr("localenv.cli.ls.survey", divide)
    output = call("ls")

    assert (output.code, output.out) == (3, "")
    [line] = output.err.splitlines()
    told_first, file = line.split("; details: ")
    assert told_first.startswith("error: a bug in localenv: ZeroDivisionError")
    assert "return 1 // 0" in Path(file).read_text()
    assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("variable", "words"), [("XDG_STATE_HOME", ("up", "--engine", "native")), ("XDG_CACHE_HOME", ("cache",))]
)
def test_where_its_own_folders_cannot_be_made_it_says_what_names_another_place(
    call, monkeypatch, tmp_path, variable, words
):
    (tmp_path / "file").touch()
    monkeypatch.setenv(variable, str(tmp_path / "file" / "home"))
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs/local.yaml").write_text("name: shop\nneeds: {db: {postgres: 17}}\n")

    output = call(*words)

    assert output.code == 1
    assert f"{tmp_path}/file" in output.err
    assert f"hint: localenv writes to {tmp_path}/file/home/localenv; set {variable} to use another folder" in output.err


def test_what_the_machine_refuses_is_no_bug(call, monkeypatch):
    def refuse():
        raise PermissionError(13, "Permission denied", "/somewhere/state.json")

    monkeypatch.setattr("localenv.cli.ls.survey", refuse)
    output = call("ls")

    assert (output.code, output.err) == (1, "error: /somewhere/state.json: Permission denied\n")


def test_an_interrupt_ends_with_130_and_one_word(call, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("localenv.cli.ls.survey", interrupt)

    assert call("ls").err == "interrupted\n"
    assert main(["ls"]) == 130


def test_a_reader_that_goes_away_is_no_failure_to_talk_about():
    argv = [sys.executable, "-m", "localenv", "schema"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdout.close()
        complaints = child.stderr.read()

    assert (child.returncode, complaints) == (141, b"")


@pytest.mark.skipif(os.name != "posix", reason="only there")
def test_a_terminal_that_lacks_a_character_is_no_failure(repository, python):
    folder = repository({"envs/local.yaml": "services: {api: {image: x, environment: {NAME: größe, COST: 5 €}}}\n"})
    program = f"import os; os.chdir({str(folder)!r}); from localenv.cli import main; main(['plan'])"

    shown = python("-c", program, PYTHONIOENCODING="ascii")

    assert shown.err == ""
    assert "COST=5 \\u20ac" in shown.out


@pytest.fixture
def completed(python):
    """Bash's completions for the last word of each line."""

    def ask(folder, *lines):
        asked = "os.environ.update(COMP_WORDS=line, COMP_CWORD=str(line.count(' '))); main([]); print('---')"
        program = (
            f"import os; os.chdir({str(folder)!r}); from localenv.cli import main\nfor line in {lines!r}:\n    {asked}"
        )
        output = python("-c", program, _LOCALENV_COMPLETE="complete_bash").out.split("---")
        return {line: words.split() for line, words in zip(lines, output, strict=False)}

    return ask


def test_a_shell_is_offered_commands_environments_and_services(repository, completed):
    folder = repository(
        {
            "envs/local.yaml": "services: {api: {image: x}, admin: {image: x}, ui: {image: x, profiles: [full]}}\n"
            "needs: {db: postgres}\nupstreams: {pay: {}}\nscenarios: {declined: {faults: {pay: hang}}}\n",
            "envs/demo.yaml": "extends: local.yaml\n",
        }
    )

    lines = ("localenv st", "localenv up ", "localenv env a", "localenv connect ", "localenv up --de")
    values = ("localenv up --engine ", "localenv up --profile ", "localenv up --scenario ", "localenv env --format d")
    commands, environments, services, needs, options, engines, *others = completed(folder, *lines, *values).values()
    assert commands == ["status", "stop", "start", "stub"]
    assert environments == ["demo", "local"]
    assert services == ["api", "admin"]
    assert needs == ["db"]
    assert "--detach" in options
    assert engines == ["auto", "compose", "native"]
    assert others == [["full"], ["declined"], ["dotenv"]]


def test_the_engine_is_that_of_the_users_own_settings_unless_an_option_says_another(call, repository):
    repository({"envs/local.yaml": "needs: {cache: redis}\n"})
    paths.config().parent.mkdir(parents=True, exist_ok=True)
    paths.config().write_text("engine: podman\n")

    of_settings, of_option = call("up", "--dry-run"), call("up", "--dry-run", "--engine", "another")

    assert (of_settings.code, of_option.code) == (2, 2)
    assert "unknown engine 'podman'" in of_settings.err
    assert f"set in {paths.config()}" in of_settings.err
    assert "unknown engine 'another'" in of_option.err
    assert str(paths.config()) not in of_option.err


def test_what_a_killed_look_has_written_down_is_removed_by_the_next_command_unless_somebody_works_on_it(call, python):
    name = "shop-local-0123ab"
    state.passwords(name, ["db"])

    with locking.lock(name):
        assert python("-m", "localenv", "schema").code == 0
        assert paths.states() == (name,)

    call("schema")
    assert not paths.states()


def test_ls_looks_where_something_answers_and_says_where_nothing_does(call, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")
    record = {"name": "shop", "env": "local", "folder": "/x", "description": "/x", "state": EnvironmentState.READY}
    for engine, identity in (("compose", "shop-local-0123ab"), ("native", "shop-local-0123ac")):
        state.save(state.Record(identity=identity, engine=engine, **record))

    listed = [(one["engine"], one["state"], one["detail"]) for one in json.loads(call("ls", "--json").out)]

    assert listed == [
        ("compose", "ready", "last known state: its engine did not answer in time"),
        ("native", "stopped", ""),
    ]


def test_a_ctrl_c_after_a_command_has_ended_leaves_its_exit_code(monkeypatch, capsys):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    monkeypatch.setattr(sys, "argv", ["localenv", "--version"])
    try:
        assert main() == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # Python keeps that while it exits
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
