"""The cause of a failure that the output of a program does not name."""

from pathlib import Path

import pytest

from localenv.environment.up import causes
from localenv.errors import JobError
from localenv.stack import Build, Job, Role, Service, Stack, Stage
from localenv.stack.references import literal


@pytest.mark.parametrize(
    "line",
    [
        "load.sh: 1: set: Illegal option -",
        'load.sh: 2: Syntax error: word unexpected (expecting "do")',
        "load.sh: line 2: set: -: invalid option",
        "load.sh: 1: ls\r: not found",
    ],
)
def test_a_script_with_the_line_ends_of_windows_is_named_also_where_a_shell_reads_it(tmp_path: Path, line: str) -> None:
    (tmp_path / "load.sh").write_bytes(b"set -e\r\nls\r\n")
    words = tuple(map(literal, ("sh", "load.sh")))
    job = Job(name="load", stage=Stage.JOB, service="api", command=words)
    api = Service(name="api", role=Role.SERVICE, build=Build(context=tmp_path))
    stack = Stack(name="shop", env="local", folder=tmp_path, services={"api": api}, jobs=(job,))
    error = JobError("load failed: `sh load.sh` exited with code 2", log=[line])

    causes.explain(error, stack, is_here=True)

    assert error.message.endswith("load.sh has lines that end in CRLF")


@pytest.mark.parametrize(
    ("script", "refusal", "cause"),
    [
        (b"#!/opt/none/python3\n", "`./load.sh` not found", "load.sh needs /opt/none/python3, which is not there"),
        (b"#!/bin/sh\n", "`./load.sh`: Permission denied", "load.sh is not executable"),
    ],
)
def test_a_script_that_cannot_be_executed_is_named_with_the_reason(
    tmp_path: Path, script: bytes, refusal: str, cause: str
) -> None:
    assert explained(tmp_path, script, f"cannot run load: {refusal}").endswith(cause)


def test_a_script_that_was_denied_something_else_is_not_called_unexecutable(tmp_path: Path) -> None:
    message = "load failed: load.sh: 3: cannot create /data/x: Permission denied"

    assert explained(tmp_path, b"#!/bin/sh\n", message) == message


def test_an_interpreter_of_an_image_is_not_looked_for_on_this_machine(tmp_path: Path) -> None:
    message = "load failed: load.sh: psql: not found"

    assert explained(tmp_path, b"#!/opt/image/bin/sh\n", message, is_here=False) == message


def explained(folder: Path, script: bytes, message: str, *, is_here: bool = True) -> str:
    """The message of a job's error, with its cause."""
    (folder / "load.sh").write_bytes(script)
    job = Job(name="load", stage=Stage.JOB, service="api", command=(literal("./load.sh"),))
    api = Service(name="api", role=Role.SERVICE, build=Build(context=folder))
    stack = Stack(name="shop", env="local", folder=folder, services={"api": api}, jobs=(job,))
    error = JobError(message)
    causes.explain(error, stack, is_here=is_here)
    return error.message
