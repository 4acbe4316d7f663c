"""A checkout in whose git folder a pipe would stop git is recognised before git is asked."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from localenv.host import git_folder, tracked

WHO = ("-c", "user.name=a", "-c", "user.email=a@b.example")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    def git(*words: str) -> None:
        subprocess.run(["git", *WHO, *words], cwd=tmp_path / "main", check=True, capture_output=True)

    (tmp_path / "main").mkdir()
    (tmp_path / "main/a").touch()
    git("init", "-q", ".")
    git("add", ".")
    git("commit", "-qm", "a")
    git("worktree", "add", "-q", "../tree")
    return tmp_path / "main"


PIPES = ["HEAD", "config", "index", "info/exclude", "commondir", "config.worktree"]


@pytest.mark.parametrize("file", PIPES)
def test_a_pipe_in_its_place_is_not_opened(checkout: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / ".git" / file).unlink(missing_ok=True)
    os.mkfifo(checkout / ".git" / file)
    monkeypatch.setattr(tracked.process, "run", None)  # would fail
    assert not git_folder.is_readable(checkout)
    assert tracked.tracked(checkout) is None


@pytest.mark.parametrize("file", ["main/.git/config", "main/.git/worktrees/tree/HEAD"])
def test_a_pipe_that_a_worktree_leads_to_is_not_opened(checkout: Path, file: str) -> None:
    (checkout.parent / file).unlink()
    os.mkfifo(checkout.parent / file)
    assert not git_folder.is_readable(checkout.parent / "tree")


def test_a_link_to_a_device_is_not_opened(checkout: Path) -> None:
    (checkout / ".git/index").unlink()
    (checkout / ".git/index").symlink_to("/dev/zero")
    assert not git_folder.is_readable(checkout)


def test_an_ordinary_checkout_a_worktree_and_what_its_daemon_leaves_are_read(checkout: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(checkout / ".git/fsmonitor--daemon.ipc"))
        (checkout / ".git/broken").symlink_to("nothing")
        assert git_folder.is_readable(checkout)
        assert git_folder.is_readable(checkout.parent / "tree")
        assert tracked.tracked(checkout.parent / "tree") == ("a",)
