"""The guard, with real processes: they all end with it, and it ends with its owner."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from localenv import paths
from localenv.guard import client, removal, starting, where
from localenv.guard.log import LARGEST, Log, older
from localenv.host import kernel
from tests.world.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts processes as Linux shows them")

DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.environ.clear()
        time.sleep(600)
    time.sleep(600)
print("up", flush=True)
time.sleep(600)
"""
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
LAST_WORD = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("end", time.time()), sys.exit()))
print("up", flush=True)
time.sleep(600)
"""
ZOMBIES = "import os, time\nfor _ in range(20):\n    os.fork() or os._exit(0)\nprint('up', flush=True); time.sleep(600)"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The state of an environment with a guard."""
    starting.begin(tmp_path, "one-local-123456", teardown=["/bin/true"], owner=client.own())
    yield tmp_path
    removal.remove(tmp_path)


def spec(folder: Path, name: str, program: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "role": "service",
        "argv": [sys.executable, "-I", "-S", "-c", program],
        "environment": {"PATH": os.environ["PATH"]},
        "folder": "/",
        "log": str(folder / "logs" / f"{name}.log"),
        "stop": signal.SIGTERM,
        **more,
    }


def spawn(folder: Path, name: str, program: str, **more: Any) -> int:
    pid = int(client.ask(folder, "spawn", spec=spec(folder, name, program, **more))["pid"])
    assert until(lambda: "up" in printed(folder, name))
    return pid


def printed(folder: Path, name: str) -> str:
    log = folder / "logs" / f"{name}.log"
    return log.read_text() if log.exists() else ""


def guard(folder: Path) -> int:
    return int(where.read(folder)["pid"])


def tree(pid: int) -> set[int]:
    """A process and all its descendants."""
    parents = {one: kernel._fact(one, 1) for one in kernel.processes()}
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def is_paused(pid: int) -> bool:
    """Whether the kernel has stopped it; it prints nothing then."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if kernel.started(pid) >= 0}


def test_a_program_runs_in_its_folder_with_nothing_but_the_environment_it_was_given(folder: Path) -> None:
    program = "import os; print(os.getcwd(), sorted(os.environ), 'up')"
    spawn(folder, "a", program, environment={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
    assert printed(folder, "a").rstrip().endswith("/ ['LC_ALL', 'PATH'] up")


def test_a_program_has_no_descriptor_but_its_standard_streams(folder: Path) -> None:
    spawn(folder, "first", STUBBORN)
    spawn(folder, "a", "import os; print(len(os.listdir('/proc/self/fd')), 'up')")
    assert printed(folder, "a").split()[1] == "4"  # the fourth line is the listing itself


def test_each_line_of_output_is_logged_with_its_time(folder: Path) -> None:
    before = time.time()
    spawn(folder, "a", "import sys; print('one', flush=True); print('two', file=sys.stderr); print('up', end='')")
    lines = [line.split(" ", 1) for line in printed(folder, "a").splitlines()]
    assert sorted(text for _, text in lines) == ["one", "two", "up"]
    assert all(before - 1 < float(stamp) < time.time() + 1 for stamp, _ in lines)


def test_a_program_that_is_not_there_is_refused_with_the_kernels_reason(folder: Path) -> None:
    with pytest.raises(client.RequestRefused) as refused:
        client.ask(folder, "spawn", spec=spec(folder, "a", "", argv=["no-such-program"]))
    assert refused.value.errno == 2
    assert client.ask(folder, "list")["children"] == []


def test_the_exit_code_is_kept_and_counted_as_a_shell_counts(folder: Path) -> None:
    spawn(folder, "a", "print('up', flush=True); raise SystemExit(3)")
    spawn(folder, "b", "import os; print('up', flush=True); os.kill(os.getpid(), 6)")
    assert client.ask(folder, "wait", name="a")["code"] == 3
    assert client.ask(folder, "wait", name="b")["code"] == 128 + 6
    assert [one["gone"] for one in client.ask(folder, "list")["children"]] == [True, True]


def test_where_the_kernel_lists_no_children_the_group_of_a_program_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "_IS_LINUX", False)
    program = "import os, time; print(os.fork(), flush=True); time.sleep(600)"
    argv = [sys.executable, "-I", "-S", "-c", program]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as child:
        assert child.stdout
        below = int(child.stdout.readline() or 0) or int(child.stdout.readline())
        kernel.end_group(child.pid)
        assert child.wait(60) == -signal.SIGKILL
    assert until(lambda: not Path(f"/proc/{below}").exists() or "Z" in Path(f"/proc/{below}/stat").read_text())
    kernel.end_group(child.pid)


def test_where_the_kernel_ends_no_child_with_its_parent_a_killed_keeper_takes_its_program_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = "from localenv.host import kernel; kernel._IS_LINUX = False; "
    monkeypatch.setattr(starting, "_PROGRAM", starting._PROGRAM.replace("main()", lacking + "main()"))
    starting.begin(tmp_path, "one-local-123456", teardown=["/bin/true"], owner=client.own())
    try:
        pid = spawn(tmp_path, "a", "import os, time; os.fork(); print('up', flush=True); time.sleep(600)")
        known = tree(pid)
        assert len(known) == 2
        os.kill(int(kernel._fact(pid, 1) or 0), signal.SIGKILL)
        assert client.ask(tmp_path, "wait", name="a")["code"] == 128 + signal.SIGKILL
        assert until(lambda: not alive(known))
    finally:
        removal.remove(tmp_path)


@pytest.mark.parametrize("listing", ["/dev/fd", "/nowhere"])
def test_a_keeper_has_no_descriptor_of_the_guards_whatever_its_number(listing: str) -> None:
    program = f"""
import os, resource
from pathlib import Path
from localenv.guard import keeper
keeper._OPEN = Path({listing!r})
opened = os.open("/", os.O_RDONLY)
for number in (7, 8, 900):
    os.dup2(opened, number)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
keeper._close_all_but(8, opened)
print(opened, *(number for number in range(1000) if os.path.exists(f"/proc/self/fd/{{number}}")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    kept, *found = map(int, done.stdout.split())
    assert found == sorted({0, 1, 2, kept, 8})


def test_programs_that_print_and_end_at_once_are_heard_to_their_last_line(folder: Path) -> None:
    for number in range(60):
        argv = ["/bin/sh", "-c", f"echo one; echo two; exit {number}"]
        with client.conversation(folder, "spawn", spec=spec(folder, ".a", "", argv=argv, attached=True)) as answers:
            output = []
            for answer in answers:
                output.append(answer.get("line", answer.get("code")))
                if "code" in answer:
                    break
        assert output[1:] == ["one", "two", number]


def test_a_program_that_obeys_is_gone_at_once(folder: Path) -> None:
    spawn(folder, "a", "import time; print('up', flush=True); time.sleep(600)")
    began = time.monotonic()
    client.ask(folder, "stop", names=["a"])
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("program", [DAEMON, STUBBORN, ZOMBIES], ids=["daemon", "stubborn", "zombies"])
def test_nothing_of_a_program_outlives_its_end(folder: Path, program: str) -> None:
    pid = spawn(folder, "a", program)
    started = tree(guard(folder)) - {guard(folder)}
    assert pid in started
    client.ask(folder, "stop", names=["a"])
    assert until(lambda: not alive(started))


def test_what_a_program_leaves_behind_ends_with_it(folder: Path) -> None:
    spawn(
        folder,
        "a",
        DAEMON.replace('print("up", flush=True)\ntime.sleep(600)', 'time.sleep(.2); print("up", flush=True)'),
    )
    client.ask(folder, "wait", name="a")
    assert tree(guard(folder)) == {guard(folder)}


@pytest.mark.parametrize("victim", ["guard", "keeper", "program"])
def test_a_kill_anywhere_leaves_nothing_running(folder: Path, victim: str) -> None:
    pid = spawn(folder, "a", DAEMON)
    known = tree(guard(folder))
    keeper = next(one for one in known if kernel._fact(one, 1) == guard(folder))
    os.kill({"guard": guard(folder), "keeper": keeper, "program": pid}[victim], signal.SIGKILL)
    expected = set() if victim == "guard" else {guard(folder)}
    assert until(lambda: alive(known) == expected)


def test_ten_stubborn_programs_end_together_services_before_what_they_use(folder: Path) -> None:
    for number in range(9):
        spawn(folder, f"s{number}", STUBBORN)
    spawn(folder, "db", LAST_WORD, role="need")
    began, now = time.monotonic(), time.time()
    client.ask(folder, "remove")
    assert time.monotonic() - began < 30
    assert float(printed(folder, "db").split()[-1]) > now + 0.9


def test_what_a_client_runs_attached_tells_its_lines_and_its_code(folder: Path) -> None:
    job = spec(folder, "job", "for n in range(20000): print(n)\nraise SystemExit(4)", attached=True)
    with client.conversation(folder, "spawn", spec=job) as answers:
        heard = []
        for answer in answers:
            if "code" in answer:
                break
            heard += [answer["line"]] if "line" in answer else []
    assert heard == [str(number) for number in range(20000)]
    assert answer["code"] == 4


def test_what_a_client_runs_attached_ends_when_the_client_hangs_up(folder: Path) -> None:
    job = spec(folder, "job", STUBBORN, attached=True)
    with client.conversation(folder, "spawn", spec=job) as answers:
        pid = next(answers)["pid"]
    assert until(lambda: kernel.started(pid) < 0)


def test_a_paused_program_stands_still_and_goes_on(folder: Path) -> None:
    ticks = "import time\nprint('up', flush=True)\nwhile True: print('tick', flush=True); time.sleep(.01)"
    pid = spawn(folder, "a", ticks)
    client.ask(folder, "signal", name="a", number=signal.SIGSTOP)
    assert until(lambda: is_paused(pid))
    before = printed(folder, "a")
    client.ask(folder, "signal", name="a", number=signal.SIGCONT)
    assert until(lambda: not is_paused(pid))
    assert until(lambda: printed(folder, "a").count("tick") > before.count("tick") + 50)


def test_a_stopped_program_starts_again_as_it_was(folder: Path) -> None:
    first = spawn(folder, "a", "import time; print('up', flush=True); time.sleep(600)")
    client.ask(folder, "stop", names=["a"])
    assert client.ask(folder, "start", name="a")["pid"] != first
    assert until(lambda: printed(folder, "a").count("up") == 2)


def test_a_second_guard_is_not_started_beside_one_that_answers(folder: Path) -> None:
    first = guard(folder)
    starting.begin(folder, "one-local-123456", teardown=["/bin/true"], owner=None)
    assert guard(folder) == first


def test_a_new_guard_ends_what_one_that_was_killed_has_left(folder: Path) -> None:
    """Both processes that could have ended it are killed at once, and the rest has neither name nor environment."""
    pid = spawn(folder, "a", STUBBORN)
    keeper = kernel._fact(pid, 1)
    assert isinstance(keeper, int)
    os.kill(keeper, signal.SIGSTOP)  # cannot react
    killed = guard(folder)
    os.kill(killed, signal.SIGKILL)
    assert until(lambda: kernel.started(killed) < 0)
    starting.begin(folder, "one-local-123456", teardown=["/bin/true"], owner=client.own())
    assert kernel.started(pid) < 0
    os.kill(keeper, signal.SIGKILL)


def test_a_mistake_of_a_client_ends_nothing(folder: Path) -> None:
    spawn(folder, "a", STUBBORN)
    with pytest.raises(client.RequestRefused):
        client.ask(folder, "no-such-thing")
    with pytest.raises(client.RequestRefused):
        client.ask(folder, "stop")
    for owner in ({"pid": 1}, {"pid": "x", "start": 1}, "x"):
        with pytest.raises(client.RequestRefused):
            client.ask(folder, "adopt", owner=owner)
    with pytest.raises(client.RequestRefused):
        client.ask(folder, "watch", argv=1, left=[], owners=[])
    assert [one["name"] for one in client.ask(folder, "list")["children"]] == ["a"]


def test_its_socket_and_folder_are_private(folder: Path) -> None:
    address = Path(where.read(folder)["socket"])
    assert len(os.fsencode(address)) <= 100
    assert address.stat().st_mode & 0o077 == 0
    assert address.parent.stat().st_mode & 0o077 == 0


OWNER = """
import sys, time
from pathlib import Path
from localenv.guard import client, removal, starting
folder = Path(sys.argv[1])
starting.begin(folder, "one-local-123456", teardown=["/bin/sh", "-c", sys.argv[2]], owner=client.own())
print("up", flush=True)
time.sleep(600)
"""


def owned(folder: Path, teardown: str = "true") -> subprocess.Popen[str]:
    """An owner, and its environment with one program."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder), teardown], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    assert owner.stdout.readline() == "up\n"
    spawn(folder, "a", DAEMON)
    return owner


def test_when_its_owner_is_killed_everything_ends_and_the_teardown_runs_until_it_succeeds(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    with owned(tmp_path, f"echo >>{tries}; test $(wc -l <{tries}) = 2") as owner:
        known = tree(guard(tmp_path))
        owner.kill()
    assert until(lambda: not alive(known))
    assert tries.read_text().count("\n") == 2
    assert not paths.guard_record(tmp_path).exists()


def test_a_guard_whose_teardown_fails_is_ended_so_that_a_command_removes_the_rest(tmp_path: Path) -> None:
    with owned(tmp_path, "false") as owner:
        known = tree(guard(tmp_path))
        owner.kill()
    assert until(lambda: removal.is_ending(tmp_path))
    removal.await_removal(tmp_path)
    assert not removal.is_ending(tmp_path)
    assert until(lambda: not alive(known))


def test_what_a_dead_owner_left_running_is_ended_by_its_mark(tmp_path: Path) -> None:
    marked = subprocess.Popen(["sleep", "600"], env={**os.environ, where.MARK: "one-local-123456"})
    with owned(tmp_path) as owner:
        owner.kill()
    assert marked.wait(60) == -signal.SIGKILL


def test_what_a_dead_owner_ran_against_its_environment_is_ended_and_what_another_process_ran_is_not(
    tmp_path: Path,
) -> None:
    with owned(tmp_path) as owner:
        mark = where.owned_by(owner.pid, kernel.started(owner.pid))
        name, _, value = mark.partition("=")
        kind = subprocess.Popen(["sleep", "600"], env={**os.environ, name: value})
        stubborn = subprocess.Popen(
            [sys.executable, "-c", STUBBORN], env={**os.environ, name: value}, stdout=subprocess.PIPE, text=True
        )
        other = subprocess.Popen(["sleep", "600"], env={**os.environ, name: f"{value}0"})
        assert stubborn.stdout
        assert stubborn.stdout.readline() == "up\n"
        owner.kill()
    with kind, stubborn, other:
        assert kind.wait(60) == -signal.SIGTERM
        assert stubborn.wait(60) == -signal.SIGKILL
        assert other.poll() is None
        other.kill()


def test_the_guard_of_an_environment_that_such_a_program_has_begun_is_none_of_its_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(where.OWNER, "1:2")
    assert where.OWNER not in client.environment()


def test_an_environment_that_was_released_outlives_its_owner(tmp_path: Path) -> None:
    with owned(tmp_path) as owner:
        client.ask(tmp_path, "adopt", owner=None)
        known = tree(guard(tmp_path))
        owner.kill()
    time.sleep(0.3)
    assert alive(known) == known
    removal.remove(tmp_path)
    assert until(lambda: not alive(known))


def test_a_guard_whose_state_is_removed_ends_with_all_it_keeps(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    starting.begin(state, "one-local-123456", teardown=["/bin/true"], owner=None)
    spawn(state, "a", DAEMON)
    known = tree(guard(state))
    shutil.rmtree(state)
    assert until(lambda: not alive(known))


def test_a_guard_that_is_told_to_end_ends_what_it_keeps(tmp_path: Path) -> None:
    with owned(tmp_path) as owner:
        known = tree(guard(tmp_path))
        os.kill(guard(tmp_path), signal.SIGTERM)
        assert until(lambda: not alive(known))
        owner.kill()


def test_a_log_never_takes_more_than_two_files(tmp_path: Path) -> None:
    log = Log(tmp_path / "a.log")
    for _ in range(30):
        log.feed(b"x" * (1 << 20) + b"\n")
    log.close()
    assert older(log.file).stat().st_size <= LARGEST + (2 << 20)
    assert log.file.stat().st_size <= LARGEST
    assert sorted(tmp_path.iterdir()) == [log.file, older(log.file)]


def test_a_log_keeps_a_line_without_an_end(tmp_path: Path) -> None:
    log = Log(tmp_path / "a.log")
    assert log.feed(b"one\r\ntw") == [b"one\r"]
    assert log.close() == [b"tw"]
    assert [line.split(" ")[1] for line in log.file.read_text().splitlines()] == ["one", "tw"]


def test_a_guard_that_is_killed_in_the_middle_of_an_answer_has_hung_up(tmp_path: Path) -> None:
    address = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        paths.guard_record(tmp_path).write_text(json.dumps({"socket": address}))

        def half() -> None:
            opened, _ = listener.accept()
            with opened:
                opened.recv(1000)
                opened.sendall(b'{"children": [')

        with ThreadPoolExecutor() as pool:
            pool.submit(half)
            with pytest.raises(client.NoGuard, match="the guard closed the connection"):
                client.ask(tmp_path, "list")


def test_a_failure_of_who_is_told_the_answers_is_not_the_guards(folder: Path) -> None:
    def listen() -> None:
        with client.conversation(folder, "list") as answers:
            assert next(answers)["children"] == []
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        listen()


def test_a_folder_for_sockets_that_others_may_enter_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(prefix="run") as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        (Path(short) / "localenv").mkdir(mode=0o755)
        message = f"^the guard did not start: {short}/localenv is not a private folder of this user$"
        with pytest.raises(client.NoGuard, match=message):
            starting.begin(tmp_path / "state", "one-local-123456", teardown=["/bin/true"], owner=client.own())
