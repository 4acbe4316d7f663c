"""The syntax of changed files is checked by the service's own language, as long as that takes no time."""

import pytest

from localenv.environment.watch import syntax
from localenv.errors import NotReadyError
from localenv.process import Invocation


def test_a_mistake_keeps_the_old_one_running():
    with pytest.raises(NotReadyError, match="the old one keeps running") as refused:
        syntax.check(Invocation(argv=("sh", "-c", "echo 'SyntaxError: Unexpected token'; exit 1")))
    assert refused.value.log == ("SyntaxError: Unexpected token",)


def test_a_check_that_takes_too_long_finds_no_mistake():
    syntax.check(Invocation(argv=("sh", "-c", "sleep 60; exit 97")), seconds=0.02)
