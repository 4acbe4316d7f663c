"""A command that has nothing to list says so, where no program reads it."""

import pytest

from localenv.cli.options import Output
from localenv.cli.override_list import show


@pytest.mark.parametrize(
    ("output", "out", "err"),
    [
        (Output(), "", "no added stubs\n"),
        (Output(quiet=True), "", ""),
        (Output(json=True), "[]\n", ""),
    ],
)
def test_nothing_to_list_is_said_on_stderr(capsys, output, out, err):
    show([], output, none="no added stubs")

    assert capsys.readouterr() == (out, err)
