"""Logs, from files that the guard writes and rotates during reads."""

import shutil
import time
from pathlib import Path

from localenv import paths
from localenv.engines.native import logs
from localenv.guard.log import Log


def printed(identity: str, name: str, *lines: str) -> None:
    log = Log(paths.log(identity, name))
    log.feed("".join(f"{line}\n" for line in lines).encode())
    log.close()


def texts(identity: str, *names: str, since: float | None = None, tail: int | None = None) -> list[str]:
    found = logs.lines(identity, names, since=since, tail=tail, follow=False)
    return [f"{line.service}: {line.text}" for line in found]


def test_lines_of_all_programs_are_merged_by_time() -> None:
    for name, text in (("api", "one"), ("db", "two"), ("api", "three")):
        printed("x", name, text)
    assert texts("x") == ["api: one", "db: two", "api: three"]
    assert texts("x", "db") == ["db: two"]


def test_lines_that_are_followed_come_by_time_whoever_is_read_first() -> None:
    now = time.time()
    printed("x", "api")
    paths.log("x", "api").write_text(f"{now - 1} first\n{now + 0.6} last\n")
    following = logs.lines("x", [], since=None, tail=None, follow=True)
    assert next(following).text == "first"
    paths.log("x", "db").write_text(f"{now + 0.3} between\n")

    assert next(following).text == "between"

    shutil.rmtree(paths.log("x", "api").parent)
    assert [line.text for line in following] == ["last"]


def test_what_is_neither_described_nor_asked_for_is_not_shown() -> None:
    printed("x", ".relay", "a secret life")
    printed("x", "api", "one")
    assert texts("x") == ["api: one"]
    assert texts("x", ".relay") == [".relay: a secret life"]


def test_the_last_lines_and_those_since_a_moment() -> None:
    printed("x", "api", "one", "two")
    moment = next(iter(logs.lines("x", ["api"], since=None, tail=None, follow=False))).time
    printed("x", "api", "three")
    assert texts("x", tail=1) == ["api: three"]
    assert texts("x", since=moment + 1e-6) == ["api: three"]
    assert texts("x", tail=0) == []


def test_a_file_that_was_turned_over_is_read_with_the_one_before() -> None:
    log = Log(paths.log("x", "api"))
    for number in range(3):
        log.feed(f"{number}".encode() + b"x" * (6 << 20) + b"\n")
    log.close()
    assert [line[:6] for line in texts("x")] == ["api: 0", "api: 1", "api: 2"]


def test_lines_that_were_dropped_before_they_were_read_are_counted() -> None:
    log = Log(paths.log("x", "api"))
    log.feed(b"first\n")
    following = logs.lines("x", [], since=None, tail=None, follow=True)
    assert next(following).text == "first"
    for number in range(12):  # three fit into a file, and two files stay
        log.feed(f"{number} ".encode() + b"x" * (4 << 20) + b"\n")
    log.feed(b"last\n")
    log.close()
    found = [next(following).text.partition(" x")[0] for _ in range(8)]
    missing = "[localenv: 6 lines are missing here: they were printed faster than they could be read]"
    assert found == ["0", "1", "2", missing, "9", "10", "11", "last"]


def test_lines_that_are_no_longer_kept_are_counted_where_the_log_begins() -> None:
    log = Log(paths.log("x", "api"))
    for number in range(12):  # three fit into a file, and two files stay
        log.feed(f"{number} ".encode() + b"x" * (4 << 20) + b"\n")
    log.feed(b"last\n")
    log.close()
    printed("x", "db", "one")
    gone = "api: [localenv: 9 earlier lines are no longer kept]"
    assert [line.partition(" x")[0] for line in texts("x")] == [
        gone,
        "api: 9",
        "api: 10",
        "api: 11",
        "api: last",
        "db: one",
    ]
    assert texts("x", tail=1) == ["api: last", "db: one"]
    assert gone not in texts("x", since=time.time())


def test_the_rest_of_a_file_that_is_replaced_is_read_although_its_name_is_gone() -> None:
    log = Log(paths.log("x", "api"))
    log.feed(b"first\n")
    following = logs.lines("x", [], since=None, tail=None, follow=True)
    assert next(following).text == "first"
    for number in range(9):
        log.feed(f"{number}".encode() + b"x" * (3 << 20) + b"\n")
        assert next(following).text[:1] == f"{number}"
    log.close()


def test_an_environment_that_is_not_there_has_no_lines_and_is_not_made() -> None:
    assert texts("nobody") == []
    assert not Path(paths.state("nobody", make=False)).exists()
    assert list(logs.lines("nobody", [], since=None, tail=None, follow=True)) == []
