"""What the help of a command promises."""


def test_the_time_limit_says_what_it_counts(call):
    shown = " ".join(call("up", "--help").out.split())

    assert "Time limit until everything is ready, without builds, downloads and jobs" in shown
