"""The help of commands."""

from localenv.description import reference


def test_the_time_limit_says_what_it_counts(call):
    shown = " ".join(call("up", "--help").out.split())

    assert "Time limit until everything is ready, without builds, downloads and jobs" in shown


def test_the_reference_of_the_description_is_printed(call):
    shown = call("help", "description")

    assert (shown.code, shown.out) == (0, reference.text())


def test_help_of_a_command_is_its_help(call):
    assert call("help", "stub").out == call("stub", "--help").out
    assert "Commands:" in call("help").out
    refused = call("help", "nothing")
    assert (refused.code, "localenv help description" in refused.err) == (2, True)
