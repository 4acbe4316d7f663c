"""The one line a report begins with."""

import pytest

from localenv.engines import Condition, Seen
from localenv.pytest_plugin.calls import Call
from localenv.pytest_plugin.diagnosis import diagnose, telling

RUNS = Seen(name="api", role="service", condition=Condition.RUNNING)
ENDED = Seen(name="api", role="service", condition=Condition.EXITED, exit_code=1)
KILLED = Seen(name="api", role="service", condition=Condition.EXITED, exit_code=137, out_of_memory=True)
TRACEBACK = ["Traceback (most recent call last):", '  File "x.py", line 1', "ValueError: no such card", "INFO next"]


def a_call(**changes: object) -> Call:
    told = {"id": "1", "upstream": "shop", "method": "GET", "url": "/a", "time": 0.0, "headers": {}, "body": b""}
    return Call(**(told | {"status": 200} | changes))  # type: ignore[arg-type]


LOST = a_call(matched=False, status=404)
BROKEN = a_call(fault="EMPTY_RESPONSE", stub="no words")


@pytest.mark.parametrize(
    ("seen", "calls", "answered", "log", "line"),
    [
        (KILLED, [LOST], [], [], "api was killed because it used more memory than it is allowed"),
        (ENDED, [LOST], [], TRACEBACK, "api crashed: it exited with code 1; its last words: ValueError: no such card"),
        (RUNS, [LOST, LOST], ["api answered 500 to GET /"], [], "no stub matched shop GET /a, and 1 more"),
        (RUNS, [], ["api answered 500 to GET /"], TRACEBACK[2:], "api answered 500 to GET /; its log says: ValueError"),
        (RUNS, [], ["api answered 500 to GET /"], ["fine"], "api answered 500 to GET /; its log says nothing of it"),
        (RUNS, [BROKEN], [], [], "shop failed, as a stub says: shop GET /a → EMPTY_RESPONSE (stub “no words”)"),
        (RUNS, [], [], ["INFO ok", "level=error msg=oops"], "api says: level=error msg=oops"),
        (RUNS, [a_call()], [], ["INFO ok"], "nothing in the environment looks wrong: everything runs, and every"),
    ],
)  # fmt: skip
def test_the_likeliest_culprit_is_named(
    seen: Seen, calls: list[Call], answered: list[str], log: list[str], line: str
) -> None:
    assert diagnose({"api": seen}, set(), calls, answered, {"api": log}).startswith(line)


def test_what_the_test_stopped_itself_is_no_crash() -> None:
    assert "crashed" not in diagnose({"api": ENDED}, {"api"}, [], [], {"api": []})


def test_the_last_line_of_a_traceback_tells_more_than_a_later_word_of_failure() -> None:
    assert telling([*TRACEBACK, "WARNING the job failed"]) == "ValueError: no such card"
