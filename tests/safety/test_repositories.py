"""What a repository of somebody else's can do to whoever looks at it: run nothing, read nothing outside of it."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.safety.world import REPOSITORY

READING = (
    ("check",),
    ("plan",),
    ("plan", "--json"),
    ("render", "out"),
    ("status",),
    ("ls",),
    ("logs",),
    ("env", "api"),
    ("up", "--dry-run"),
    ("down",),
)
BARE = """
[core]
	repositoryformatversion = 0
	bare = false
	worktree = .
	fsmonitor = "RUN"
	hooksPath = hooks
	pager = "RUN"
	sshCommand = "RUN"
[pager]
	ls-files = "RUN"
"""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a command has said."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


Look = Callable[..., Looked]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Calls a command in the repository, as a process of its own."""

    def call(*arguments: str, folder: Path | None = None, **variables: str) -> Looked:
        known = {"PYTHONPATH": str(REPOSITORY), "NO_COLOR": "1", "LOCALENV_ENGINE": "native"}
        done = subprocess.run(
            [sys.executable, "-m", "localenv", *arguments],
            cwd=folder or tmp_path / "theirs",
            env={**os.environ, **known, **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Looked(code=done.returncode, out=done.stdout, err=done.stderr)

    return call


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A checkout that came from somewhere."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def looked_at(look: Look) -> list[Looked]:
    """Every command that only reads, and what a shell asks for after Tab."""
    told = [look(*command) for command in READING]
    lines = (("localenv env ", "2"), ("localenv up ", "2"), ("localenv connect ", "2"), ("localenv logs ", "2"))
    for line, word in lines:
        told.append(look(_LOCALENV_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=word))
    return told


def test_git_runs_nothing_of_a_repository_whatever_reads_it(theirs: Path, look: Look, tmp_path: Path) -> None:
    canary = tmp_path / "was-run"
    run = f"touch {canary}; false"
    write(
        theirs,
        {
            "envs/local.yaml": "services: {api: {build: ../ctx, port: 8000, native: {command: sleep 9}}}",
            "ctx/Dockerfile": "FROM scratch\n",
            "ctx/HEAD": "ref: refs/heads/main\n",
            "ctx/objects/x": "",
            "ctx/refs/x": "",
            "ctx/config": BARE.replace("RUN", run),
            "ctx/hooks/post-index-change": f"#!/bin/sh\n{run}\n",
        },
    )
    (theirs / "ctx/hooks/post-index-change").chmod(0o755)
    subprocess.run(["git", "add", "."], cwd=theirs, check=True)
    subprocess.run(["git", "-C", "ctx", "status"], cwd=theirs, capture_output=True, check=False)
    assert canary.exists()  # so git does it that is not kept from it
    canary.unlink()
    with (theirs / ".git/config").open("a") as settings:  # as a container that mounts the repository could
        settings.write(BARE.replace("RUN", run))

    told = looked_at(look)

    assert told[0].code == 0, told[0].err
    assert not canary.exists()


@pytest.mark.docker
def test_a_builder_does_not_run_git_in_a_build_context(theirs: Path, look: Look, tmp_path: Path) -> None:
    calls, fake = tmp_path / "calls", tmp_path / "bin" / "git"
    write(fake.parent, {"git": f'#!/bin/sh\necho "$PWD $*" >>{calls}\nexec /usr/bin/git "$@"\n'})
    fake.chmod(0o755)
    write(
        theirs,
        {
            "envs/local.yaml": "services: {api: {build: ../ctx, command: sleep 9}}",
            "ctx/Dockerfile": "FROM python:3.13-slim\n",
        },
    )

    told = look("up", "--", "true", LOCALENV_ENGINE="compose", PATH=f"{fake.parent}:{os.environ['PATH']}")

    assert told.code == 0, told.err
    assert calls.exists()  # ours
    assert "/ctx " not in calls.read_text()
