"""The files that git tracks in a folder, and that no configuration of a repository is executed meanwhile."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from localenv.host import tracked

HOSTILE = """
[core]
	repositoryformatversion = 0
	bare = false
	worktree = WORKTREE
	fsmonitor = "RUN"
	hooksPath = HOOKS
	sshCommand = "RUN"
	gitProxy = "RUN"
	pager = "RUN"
	askPass = "RUN"
	alternateRefsCommand = "RUN"
	excludesFile = HOOKS/none
	attributesFile = HOOKS/attributes
[pager]
	ls-files = "RUN"
[alias]
	ls-files = "!RUN"
[filter "x"]
	clean = "RUN"
	smudge = "RUN"
	process = "RUN"
[diff]
	external = "RUN"
[credential]
	helper = "!RUN"
[protocol]
	allow = always
[protocol "ext"]
	allow = always
[remote "origin"]
	url = "ext::RUN"
	promisor = true
	partialclonefilter = blob:none
	fetch = +refs/heads/*:refs/remotes/origin/*
	vcs = x
[submodule]
	recurse = true
"""


@pytest.fixture
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that no command may ever create."""
    return tmp_path_factory.mktemp("canary") / "was-run"


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., str]:
    """Git as the owner of the repository runs it."""

    def call(*words: str, folder: Path = tmp_path) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
        done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout

    return call


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def settings(canary: Path, worktree: str) -> str:
    hooks = canary.parent / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {canary}\n")
        (hooks / name).chmod(0o755)
    (hooks / "attributes").write_text("* filter=x\n")
    written = HOSTILE.replace("RUN", f"touch {canary}; false").replace("HOOKS", str(hooks))
    return written.replace("WORKTREE", worktree)


def test_a_build_context_that_looks_like_a_bare_repository_is_a_folder_like_any_other(
    tmp_path: Path, git: Callable[..., str], canary: Path
) -> None:
    git("init", "-q", "-b", "main")
    context = tmp_path / "ctx"
    put(context, "HEAD", "objects/x", "refs/x", "Dockerfile", "app.py")
    (context / "HEAD").write_text("ref: refs/heads/main\n")
    (context / "config").write_text(settings(canary, "."))
    git("add", ".")

    found = tracked.tracked(context)

    assert found == ("Dockerfile", "HEAD", "app.py", "config", "objects/x", "refs/x")
    assert not canary.exists()


def test_a_checkout_whose_settings_were_rewritten_runs_nothing_and_is_listed_all_the_same(
    tmp_path: Path, git: Callable[..., str], canary: Path
) -> None:
    git("init", "-q", "-b", "main")
    put(tmp_path, "app/main.py", "app/deep/x.py", "app/noise.log")
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / ".gitattributes").write_text("* filter=x\n")
    git("add", ".")
    git("commit", "-qm", "x")
    (tmp_path / ".git/more").write_text(settings(canary, "/"))
    (tmp_path / ".git/config").write_text("[include]\n\tpath = more\n")
    (tmp_path / "app/main.py").write_text("changed")

    assert tracked.tracked(tmp_path / "app") == ("deep/x.py", "main.py")
    assert not canary.exists()


def test_what_is_missing_is_fetched_by_no_program_of_a_remote(
    tmp_path: Path, git: Callable[..., str], canary: Path
) -> None:
    git("init", "-q", "-b", "main")
    put(tmp_path, "app/main.py")
    (tmp_path / "app/.gitignore").write_text("*.log\n")
    git("add", ".")
    git("update-index", "--skip-worktree", "app/.gitignore")
    blob = git("rev-parse", ":app/.gitignore").strip()
    (tmp_path / "app/.gitignore").unlink()
    (tmp_path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    (tmp_path / ".git/config").write_text(settings(canary, ".").replace("vcs = x", ""))

    tracked.tracked(tmp_path / "app")

    assert not canary.exists()


@pytest.mark.parametrize("file", [".git/config", ".git/index", ".git/info/exclude", "app/.gitignore"])
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(
    tmp_path: Path, git: Callable[..., str], file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "-q", "-b", "main")
    put(tmp_path, "app/main.py")
    git("add", ".")
    (tmp_path / file).unlink(missing_ok=True)
    os.mkfifo(tmp_path / file)
    monkeypatch.setattr(tracked, "_PATIENCE", 0.5)
    began = time.monotonic()

    assert tracked.tracked(tmp_path / "app") in (None, ("main.py",))
    assert time.monotonic() - began < 30


def test_submodules_and_worktrees_are_listed_with_all_that_is_in_them(
    tmp_path: Path, git: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    library = tmp_path_factory.mktemp("library")
    git("init", "-q", "-b", "main", folder=library)
    put(library, "lib.py", "deep/er.py")
    git("add", ".", folder=library)
    git("commit", "-qm", "x", folder=library)
    git("init", "-q", "-b", "main")
    put(tmp_path, "app/main.py")
    git("submodule", "--quiet", "add", str(library), "app/vendor")
    put(tmp_path, "app/vendor/new.py")
    git("add", ".")
    git("commit", "-qm", "x")
    git("worktree", "add", "-q", str(tmp_path / "other"))

    assert tracked.tracked(tmp_path / "app") == ("main.py", "vendor/deep/er.py", "vendor/lib.py", "vendor/new.py")
    assert tracked.tracked(tmp_path / "app/vendor/deep") == ("er.py",)
    assert tracked.tracked(tmp_path / "other/app") == ("main.py",)


def test_what_the_user_ignores_everywhere_is_no_source(
    tmp_path: Path, git: Callable[..., str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / "ignored").write_text("*.swp\n")
    (home / ".gitconfig").write_text("[core]\n\texcludesFile = ~/ignored\n")
    monkeypatch.setenv("HOME", str(home))
    tracked._excludes.cache_clear()
    git("init", "-q", "-b", "main")
    put(tmp_path, "main.py", ".main.py.swp")

    found = tracked.tracked(tmp_path)
    tracked._excludes.cache_clear()

    assert found == ("main.py",)


def test_variables_of_this_process_lead_git_nowhere_else(
    tmp_path: Path, git: Callable[..., str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    git("init", "-q", "-b", "main", folder=other)
    git("init", "-q", "-b", "main")
    put(tmp_path, "[odd] *name*/:main.py")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))

    assert tracked.tracked(tmp_path / "[odd] *name*") == (":main.py",)


def test_outside_a_checkout_git_is_not_asked(tmp_path: Path) -> None:
    put(tmp_path, "main.py")

    assert tracked.tracked(tmp_path) is None
