"""The line of a log that explains a failure."""

import json

import pytest

from localenv.environment.log_errors import error_line, ignored_error

TRACEBACK = ["Traceback (most recent call last):", '  File "x.py", line 1', "ValueError: no such card", "INFO next"]


def test_the_exception_of_a_traceback_comes_before_a_later_line_with_an_error():
    assert error_line([*TRACEBACK, "WARNING the job failed"]) == "ValueError: no such card"


def test_the_last_line_with_an_error_is_found_without_a_traceback():
    assert error_line(["ERROR one", "FATAL: the disk is full", "bye"]) == "FATAL: the disk is full"


def test_a_log_without_an_error_has_no_such_line():
    assert error_line(["INFO started", "INFO bye"]) == ""


def test_what_ends_a_traceback_is_an_exception_whatever_its_name():
    log = ["ERROR:    Exception in ASGI application", *TRACEBACK[:2], "    x()", "httpx.ConnectTimeout: timed out"]

    assert error_line([*log, 'INFO: "POST /orders HTTP/1.1" 500 Internal Server Error']) == log[-1]


def test_the_last_of_chained_exceptions_is_found():
    more = ["", "The above exception was the direct cause of the following exception:", "", *TRACEBACK[:2]]

    assert error_line([*TRACEBACK[:3], *more, "shop.Refused: no card"]) == "shop.Refused: no card"


def test_the_exception_in_a_group_is_found():
    group = [
        "  + Exception Group Traceback (most recent call last):",
        "  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
        "  +-+---------------- 1 ----------------",
        "    | Traceback (most recent call last):",
        '    |   File "x.py", line 1, in x',
        "    | shop.Refused: no card",
        "    +------------------------------------",
    ]

    assert error_line(group) == "shop.Refused: no card"


def test_the_exception_in_a_log_of_json_is_found():
    traceback = "\n".join(TRACEBACK[:3])
    log = [json.dumps({"level": "error", "event": "failed", "exception": traceback}), '{"level": "error", "x": 1}']

    assert error_line(log) == "ValueError: no such card"


def test_the_cause_of_an_exception_of_java_is_found():
    log = [
        "java.lang.IllegalStateException: no bean",
        "\tat A.b(A.java:1)",
        "Caused by: java.net.ConnectException: refused",
    ]

    assert error_line(log) == log[-1]


@pytest.mark.parametrize(
    "line",
    [
        "psql:../seeds/main.sql:2: error: rows.csv: No such file or directory",
        'psql:a b.sql:1: ERROR:  relation "t" does not exist',
        'ERROR:  relation "t" does not exist',
    ],
)
def test_an_error_after_which_psql_goes_on_is_found(line):
    assert ignored_error(["CREATE TABLE", line, "LINE 1: select", "INSERT 0 1"]) == line


def test_what_psql_notices_is_no_error():
    said = ["psql:a.sql:1: NOTICE:  relation exists, skipping", "psql:a.sql:2: WARNING:  there is none", "ERROR: mine"]
    assert ignored_error(said) == ""
