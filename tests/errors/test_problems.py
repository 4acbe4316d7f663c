"""What a mistake is called."""

from localenv.errors.problems import Problem


def test_a_message_that_quotes_a_long_line_is_shortened() -> None:
    message = Problem("not valid YAML: " + "x" * 700_000 + " at its end").message

    assert len(message) < 2000
    assert message.startswith("not valid YAML: x")
    assert message.endswith("x at its end")
