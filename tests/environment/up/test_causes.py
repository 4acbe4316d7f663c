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

    causes.explain(error, stack)

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
    (tmp_path / "load.sh").write_bytes(script)
    job = Job(name="load", stage=Stage.JOB, service="api", command=(literal("./load.sh"),))
    api = Service(name="api", role=Role.SERVICE, build=Build(context=tmp_path))
    stack = Stack(name="shop", env="local", folder=tmp_path, services={"api": api}, jobs=(job,))
    error = JobError(f"cannot run load: {refusal}")

    causes.explain(error, stack)

    assert error.message.endswith(cause)
