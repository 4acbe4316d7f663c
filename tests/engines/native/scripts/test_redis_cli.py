"""localenv's own small redis-cli, with a real server, and compared with the real one if it is installed."""

import os
import pty
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from localenv.engines.native import scripts
from localenv.engines.native.kinds.redis import installations
from tests.engines.native.conftest import PASSWORD, Start, World

COMMANDS = [
    ["set", "a", "two\nlines"],
    ["get", "a"],
    ["get", "nothing"],
    ["rpush", "l", "x", "y"],
    ["lrange", "l", "0", "-1"],
    ["eval", "return {1, {'a', 'b'}, {}}", "0"],
    ["lrange", "none", "0", "-1"],
    ["-n", "3", "set", "b", "c"],
    ["-n", "3", "--no-auth-warning", "get", "b"],
    ["get", "b"],
    ["no-such-command"],
    ["incr", "a"],
    ["-e", "incr", "a"],
]


def test_it_prints_what_redis_cli_prints(world: Start) -> None:
    real = shutil.which("redis-cli") or _beside()
    if real is None:
        pytest.skip("there is no redis-cli to compare with")
    one = world("redis")
    with one.running():
        printed = []
        for argv in (scripts.argv("redis_cli"), (real,)):
            printed.append([_call(one, argv, words).rstrip() for words in (["flushall"], *COMMANDS)])
    assert printed[0] == printed[1]


def test_the_last_word_of_a_command_comes_from_standard_input(world: Start) -> None:
    one = world("redis")
    with one.running():
        assert _call(one, scripts.argv("redis_cli"), ["-x", "set", "a"], "from a pipe") == "0 OK\n"
        assert _call(one, scripts.argv("redis_cli"), ["get", "a"]) == "0 from a pipe\n"


def test_without_a_command_it_reads_them_line_by_line(world: Start) -> None:
    one = world("redis")
    with one.running():
        output = _call(one, scripts.argv("redis_cli"), [], 'set a "b c"\nget a\n"\nquit\nget a\n')
        assert output == "0 OK\nb c\nInvalid argument(s)\n"


def test_on_a_terminal_it_shows_what_kind_of_answer_there_is(world: Start) -> None:
    one = world("redis")
    with one.running():
        leader, follower = pty.openpty()
        argv = [*scripts.argv("redis_cli"), "-p", str(one.room.port), "eval", "return {1, {'a', 'b'}}", "0"]
        subprocess.run(argv, env={"REDISCLI_AUTH": PASSWORD}, stdout=follower, check=True, timeout=20)
        os.close(follower)
        printed = os.read(leader, 1000).decode()
        os.close(leader)
    assert printed.splitlines() == ["1) (integer) 1", '2) 1) "a"', '   2) "b"']


def test_where_nothing_listens_it_says_so() -> None:
    done = subprocess.run([*scripts.argv("redis_cli"), "-p", "1", "ping"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert done.stderr.startswith("Could not connect to Redis at 127.0.0.1:1: ")


def test_redis_cli_in_the_place_of_a_need_finds_it_wherever_it_comes_from(
    world: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world("redis")
    for there in (installations.client, lambda server: None):
        monkeypatch.setattr("localenv.engines.native.kinds.redis.client", there)
        with one.running():
            assert one.client("redis-cli", "ping").output == "PONG\n"


def _call(one: World, argv: Sequence[str], words: Sequence[str], stdin: str = "") -> str:
    """The exit code and the output."""
    done = subprocess.run(
        [*argv, "-h", "127.0.0.1", "-p", str(one.room.port), *words],
        env={"REDISCLI_AUTH": PASSWORD},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=20,
    )
    return f"{done.returncode} {done.stdout}"


def _beside() -> str | None:
    found = (server.program.parent / "redis-cli" for server in installations.servers())
    return next((str(one) for one in found if Path(one).is_file()), None)
