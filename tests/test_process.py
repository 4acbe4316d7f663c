"""Other programs: run, feed, follow, and errors when they cannot run."""

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import current_thread, main_thread
from types import SimpleNamespace
from typing import Any

import pytest

from localenv import process
from localenv.errors import LocalenvError
from localenv.host import kernel
from localenv.process import Invocation, ProgramMissing
from tests.world.waiting import until


def python(code: str, *arguments: str, **more: object) -> Invocation:
    return Invocation(argv=(sys.executable, "-c", code, *arguments), **more)  # type: ignore[arg-type]


def test_what_it_printed_and_how_it_ended_is_known():
    done = process.run(python("import sys; print('out', flush=True); print('err\\n\\n', file=sys.stderr); sys.exit(3)"))

    assert done.code == 3
    assert done.lines == ("out", "err")


def test_output_that_is_no_text_does_no_harm():
    assert process.run(python("import os; os.write(1, b'\\xff\\xfe a')")).output.endswith(" a")


def test_words_reach_it_as_they_are():
    words = ["", " ", "$HOME", "*", "a'b\"c", "\n", "--", ";rm", "é"]

    done = process.run(python("import sys; print(sys.argv[1:])", *words))

    assert done.output.strip() == str(words)


def test_its_environment_is_ours_with_more_or_another(monkeypatch, tmp_path):
    monkeypatch.setenv("OURS", "1")
    code = "import os; print(os.environ.get('OURS'), os.environ.get('MORE'), os.getcwd())"

    assert process.run(python(code, more={"MORE": "2"}, folder=tmp_path)).lines == (f"1 2 {tmp_path}",)
    assert process.run(python(code, environment={}, more={"MORE": "2"}, folder=tmp_path)).lines == (
        f"None 2 {tmp_path}",
    )


def test_a_program_that_is_not_there_is_named():
    with pytest.raises(ProgramMissing, match="the program 'no-such-program' is not installed"):
        process.run(Invocation(argv=("no-such-program", "x")))
    with pytest.raises(ProgramMissing):
        next(process.lines(Invocation(argv=("no-such-program",))))
    with pytest.raises(ProgramMissing):
        process.attached(Invocation(argv=("no-such-program",)))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LocalenvError, match=r"the folder .*/missing does not exist") as raised:
        process.run(python("", folder=tmp_path / "missing"))

    assert not isinstance(raised.value, ProgramMissing)


def test_a_file_that_is_no_program_is_told_without_a_traceback(tmp_path):
    (tmp_path / "text").write_text("x")

    with pytest.raises(LocalenvError, match=r"cannot start the program .*: Permission denied"):
        process.run(Invocation(argv=(str(tmp_path / "text"),)))
    with pytest.raises(LocalenvError, match=r"the folder .*/text does not exist"):
        process.run(python("", folder=tmp_path / "text"))


def test_it_reads_all_it_is_fed():
    chunks = [b"x" * 100_000] * 20

    done = process.run(python("import sys; print(len(sys.stdin.buffer.read()))"), stdin=chunks, timeout=30)

    assert done.lines == ("2000000",)


def test_it_may_print_while_it_is_fed():
    chunks = [b"line\n" * 20_000] * 5
    code = "import sys\nfor line in sys.stdin.buffer: sys.stdout.buffer.write(line)"

    assert len(process.run(python(code), stdin=chunks).output) == 500_000


def test_a_program_that_fails_early_is_known_by_its_own_words():
    done = process.run(python("import sys; sys.exit('line 3 is wrong')"), stdin=(b"x" * 100_000 for _ in range(50)))

    assert (done.code, done.lines) == (1, ("line 3 is wrong",))


def test_a_mistake_while_it_is_fed_is_raised_and_nothing_is_taken_for_all(tmp_path):
    def chunks():
        yield b"first row\n"
        raise LocalenvError("row 2 is wrong")

    code = f"import sys; sys.stdin.read(); open({str(tmp_path / 'committed')!r}, 'w')"

    with pytest.raises(LocalenvError, match="row 2 is wrong"):
        process.run(python(code), stdin=chunks())
    assert not (tmp_path / "committed").exists()


def test_one_that_takes_too_long_is_ended(tmp_path):
    code = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"

    with pytest.raises(subprocess.TimeoutExpired):
        process.run(python(code), timeout=1)

    assert not (tmp_path / "pid").exists() or not _runs((tmp_path / "pid").read_text())


def test_lines_come_while_it_runs_and_closing_ends_it():
    code = "import os, time; print(os.getpid(), flush=True); print('b\\r', flush=True); time.sleep(60)"
    began = time.monotonic()

    lines = process.lines(python(code))
    pid = next(lines)
    assert next(lines) == "b"
    lines.close()

    assert time.monotonic() - began < 30
    assert not _runs(pid)


@pytest.mark.parametrize(
    ("code", "expected"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_one_on_this_terminal_ends_with_the_code_of_a_shell(code, expected):
    assert process.attached(python(code)) == expected


INTERRUPTING = """
import os, signal, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
os.kill(os.getppid(), signal.SIGINT)
time.sleep(0.3)
"""


@pytest.mark.parametrize(("has_terminal", "expected"), [(True, 0), (False, 130)])
def test_an_interrupt_from_elsewhere_than_the_terminal_is_passed_on(monkeypatch, tmp_path, has_terminal, expected):
    waited = tmp_path / "waited"

    def select(*words: Any) -> Any:
        waited.touch()
        return real(*words)

    real = process.select.select
    monkeypatch.setattr(process, "select", SimpleNamespace(select=select))
    monkeypatch.setattr(process, "_has_terminal", lambda: has_terminal)
    monkeypatch.setattr(process, "_PATIENCE", 0.01)

    assert process.attached(python(INTERRUPTING, str(waited))) == expected


def test_an_interrupt_right_at_its_end_loses_no_exit_code(monkeypatch):
    waitpid = os.waitpid
    is_interrupted = False

    def waited(pid: int, flags: int) -> tuple[int, int]:
        nonlocal is_interrupted
        ended = waitpid(pid, flags)
        if ended[0] and not is_interrupted and current_thread() is main_thread():
            is_interrupted = True
            raise KeyboardInterrupt
        return ended

    monkeypatch.setattr(os, "waitpid", waited)

    assert process.attached(python("raise SystemExit(7)")) == 7


def test_what_is_secret_is_in_no_text_of_ours():
    invocation = Invocation(argv=("a",), more={"PASSWORD": "hunter2"})

    assert "hunter2" not in repr(invocation)
    assert "hunter2" not in repr(process.Completed(code=0, output="hunter2"))


def _runs(pid: str) -> bool:
    return subprocess.run(["kill", "-0", pid], capture_output=True).returncode == 0


def test_a_program_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    started = Invocation(argv=("sh", "-c", f"sleep 600 & echo $! > {pid}; wait"))
    with pytest.raises(process.TimedOut):
        process.run(started, timeout=1)
    child = int(pid.read_text())
    until(lambda: kernel.started(child) == -1, "its end")
