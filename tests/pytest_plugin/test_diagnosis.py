"""The first line of a report."""

import pytest

from localenv.engines import Seen
from localenv.pytest_plugin.calls import Call
from localenv.pytest_plugin.diagnosis import diagnose
from localenv.stack.states import ServiceState

RUNS = Seen(name="api", role="service", state=ServiceState.RUNNING)
ENDED = Seen(name="api", role="service", state=ServiceState.EXITED, exit_code=1)
KILLED = Seen(name="api", role="service", state=ServiceState.EXITED, exit_code=137, out_of_memory=True)
TRACEBACK = ["Traceback (most recent call last):", '  File "x.py", line 1', "ValueError: no such card", "INFO next"]


def a_call(**changes: object) -> Call:
    values = {"id": "1", "upstream": "shop", "method": "GET", "url": "/a", "time": 0.0, "headers": {}, "body": b""}
    return Call(**(values | {"status": 200} | changes))  # type: ignore[arg-type]


LOST = a_call(matched=False, status=404)
BROKEN = a_call(fault="EMPTY_RESPONSE", stub="no words")


@pytest.mark.parametrize(
    ("seen", "calls", "answered", "log", "line"),
    [
        (KILLED, [LOST], [], [], "api was killed: it exceeded its memory limit"),
        (ENDED, [LOST], [], TRACEBACK, "api exited with code 1: ValueError: no such card"),
        (RUNS, [LOST, LOST], ["api answered 500 to GET /"], [], "no stub matched shop GET /a, and 1 more"),
        (RUNS, [], ["api answered 500 to GET /"], TRACEBACK[2:], "api answered 500 to GET /; its log: ValueError"),
        (RUNS, [], ["api answered 500 to GET /"], ["fine"], "api answered 500 to GET /; no error in its log"),
        (RUNS, [BROKEN], [], [], "a stub made shop fail: shop GET /a → EMPTY_RESPONSE (stub “no words”)"),
        (RUNS, [], [], ["INFO ok", "level=error msg=oops"], "log of api: level=error msg=oops"),
    ],
)  # fmt: skip
def test_the_likeliest_culprit_is_named(
    seen: Seen, calls: list[Call], answered: list[str], log: list[str], line: str
) -> None:
    assert diagnose({"api": seen}, set(), calls, answered, {"api": log}).startswith(line)


def test_where_nothing_failed_nothing_is_said() -> None:
    assert not diagnose({"api": RUNS}, set(), [a_call()], [], {"api": ["INFO ok"]})


def test_what_the_test_stopped_itself_is_no_crash() -> None:
    assert "exited" not in diagnose({"api": ENDED}, {"api"}, [], [], {"api": []})
