"""A failure in words."""

import pytest

from localenv.environment.overrides.faults import Failing
from localenv.stubs import faults
from localenv.stubs.fault_mappings import Aim


@pytest.mark.parametrize(
    ("aim", "words"),
    [
        (Aim(), "status=503"),
        (Aim(times=1), "status=503 once"),
        (Aim(method="POST", path="/charges", times=2, after=1), "POST /charges status=503 2 times after 1"),
    ],
)
def test_which_requests_fail_is_in_its_words(aim: Aim, words: str) -> None:
    assert Failing(fault=faults.parsed(["status=503"]), aim=aim).words == words


@pytest.mark.parametrize(
    ("path", "message"), [("charges", "begins with /"), ("/charges?x=1", "has no \\?"), ("/a#b", "has no #")]
)
def test_a_path_that_no_request_has_is_refused(path: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Aim(path=path)
