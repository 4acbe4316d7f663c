"""The end of a log shows repeated lines once."""

from localenv.environment.logs.lines import collapsed


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


def test_lines_that_come_again_together_are_shown_once_too():
    lines = [
        text.format(second=second)
        for second in range(10, 40)
        for text in ("[23:00:{second}] code 404, message File not found", '[23:00:{second}] "GET /healthz" 404 -')
    ]

    assert collapsed(["started", *lines, "stopped"], 20) == [
        "started", f"{lines[-2]}  (30 times)", f"{lines[-1]}  (30 times)", "stopped",
    ]  # fmt: skip


def test_a_duration_and_an_id_of_a_request_make_no_other_line():
    lines = [
        "GET /healthz 404 3.112 ms - 17", "GET /healthz 404 0.93 ms - 17",
        '{"id":"0b1c2d3e-0000-4000-8000-0123456789ab","at":1795912200123}',
        '{"id":"ffffffff-0000-4000-8000-0123456789ab","at":1795912200456}',
    ]  # fmt: skip

    assert collapsed(lines, 20) == [f"{lines[1]}  (2 times)", f"{lines[3]}  (2 times)"]
