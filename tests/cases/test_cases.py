"""The cases that `localenv check` decides; `python -m tests.cases` runs all of them on real engines."""

import pytest

from tests.cases import right
from tests.cases.trial import CASES, Trial

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"needs the cases beside this repository: {CASES}")

DECIDED = ("dotenv-odd-lines", "glob-characters-in-paths", "mappings-the-server-loads", "shell-operator-in-command")


@pytest.mark.parametrize("name", DECIDED)
def test_check_accepts_what_is_right_and_points_at_what_is_not(name: str) -> None:
    if not (CASES / name).is_dir():
        pytest.skip("this case is not there")
    with Trial.of(name, "native", starts=False) as trial:
        right.checked(trial, names="&&" if name == "shell-operator-in-command" else "")
