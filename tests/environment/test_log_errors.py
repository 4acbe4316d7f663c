"""The line of a log that explains a failure."""

from localenv.environment.log_errors import error_line

TRACEBACK = ["Traceback (most recent call last):", '  File "x.py", line 1', "ValueError: no such card", "INFO next"]


def test_the_exception_of_a_traceback_comes_before_a_later_line_with_an_error():
    assert error_line([*TRACEBACK, "WARNING the job failed"]) == "ValueError: no such card"


def test_the_last_line_with_an_error_is_found_without_a_traceback():
    assert error_line(["ERROR one", "FATAL: the disk is full", "bye"]) == "FATAL: the disk is full"


def test_a_log_without_an_error_has_no_such_line():
    assert error_line(["INFO started", "INFO bye"]) == ""
