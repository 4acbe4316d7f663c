"""The options of `localenv stub`, as an answer."""

import pytest

from localenv.cli.stub_words import Answer
from localenv.errors import UsageError


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        ("503", "--status 503"),
        ("status=503", "--status 503"),
        ("flaky=30%", "localenv fault UPSTREAM flaky=30%"),
        ("hang", "localenv fault UPSTREAM hang"),
    ],
)
def test_a_failure_that_is_no_broken_answer_is_refused_with_the_command_for_it(fault: str, hint: str) -> None:
    with pytest.raises(UsageError, match="--fault takes one of malformed, truncated, ") as refused:
        Answer(fault=fault).response()

    assert refused.value.hint == hint


def test_an_unknown_failure_is_refused_in_the_words_of_the_command() -> None:
    with pytest.raises(UsageError, match="use --status, or one of malformed, "):
        Answer(fault="nonsense").response()
