"""The requested version and the running one."""

import pytest

from localenv.needs.versions import differs, numbers


@pytest.mark.parametrize(
    ("version", "parts"), [("17", (17,)), ("16.4-alpine3.20", (16, 4)), ("latest", ()), ("Valkey 9.1.2", ())]
)
def test_the_parts_of_a_version(version: str, parts: tuple[int, ...]) -> None:
    assert numbers(version) == parts


@pytest.mark.parametrize(
    ("asked", "running", "expected"),
    [
        ("17", "17.6", False),
        ("17.2", "17.6", False),
        ("17-alpine", "18.6", True),
        ("1", "17.6", True),
        ("8", "Valkey 8.1", True),
        ("latest", "18.6", False),
        ("17", "", False),
    ],
)
def test_another_major_version_or_another_server_differs(asked: str, running: str, expected: bool) -> None:
    assert differs(asked, running) is expected
