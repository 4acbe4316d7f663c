"""The end of a log shows repeated lines once."""

from localenv.environment.log_lines import collapsed


def test_lines_that_differ_in_time_and_port_alone_are_one():
    lines = [
        'INFO:     172.20.0.1:41234 - "GET /health HTTP/1.1" 404 Not Found',
        'INFO:     172.20.0.1:41236 - "GET /health HTTP/1.1" 404 Not Found',
        'INFO:     172.20.0.1:41240 - "GET /health HTTP/1.1" 404 Not Found',
    ]

    assert collapsed(["started", *lines], 20) == ["started", f"{lines[2]}  (3 times)"]


def test_lines_that_count_stay_apart():
    lines = [f"step {number} of 30" for number in range(30)]

    assert collapsed(lines, 20) == lines[-20:]


def test_repetitions_push_out_nothing_that_came_before():
    lines = ["Traceback", *[f'[28/Nov/2026 13:00:{second:02}] "GET / HTTP/1.1" 404 -' for second in range(50)]]

    assert collapsed(lines, 3)[0] == "Traceback"
