"""How long processes waited to begin, from files as the kernel writes them."""

from pathlib import Path

import pytest

from localenv.host import kernel

SECOND = 10**9
SHIM, CHILD = 70, 71


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of /proc, with ticks of 10 ms."""
    monkeypatch.setattr(kernel, "_PROC", tmp_path)
    monkeypatch.setattr(kernel, "_IS_MAC", False)
    monkeypatch.setattr(kernel.os, "sysconf", {"SC_CLK_TCK": 100}.__getitem__)
    return tmp_path


def add(proc: Path, pid: int, *, worked: float, waited: float, of_children: int = 0, children: str = "") -> None:
    """Write the files of a process: its times in seconds, that of exited children in ticks."""
    main = proc / str(pid) / "task" / str(pid)
    main.mkdir(parents=True)
    (main / "schedstat").write_text(f"{int(worked * SECOND)} {int(waited * SECOND)} 9\n")
    (main / "children").write_text(children)
    fields = ["S", "1", *["0"] * 11, str(of_children), "0", *["0"] * 10]
    (proc / str(pid) / "stat").write_text(f"{pid} (a (b) c) {' '.join(fields)}\n")


def test_a_process_and_its_children_wait_each_for_itself(proc):
    add(proc, SHIM, worked=0.1, waited=0.2, children=f"{CHILD} ")
    add(proc, CHILD, worked=3, waited=0.4)
    assert kernel.waited(SHIM) == pytest.approx(0.1 + 0.2 + 0.5 + 0.4)


def test_children_that_have_exited_waited_as_long_for_their_work_as_their_parent(proc):
    add(proc, SHIM, worked=0.05, waited=0.3, of_children=6)
    assert kernel.waited(SHIM) == pytest.approx(0.05 + 0.3 + 0.06 * 7)


def test_a_process_that_does_not_exist_has_not_waited(proc):
    assert kernel.waited(SHIM) == 0
