"""The setting that a server refuses, and the reason that it gives."""

from types import SimpleNamespace
from typing import Any

import pytest

from localenv.needs import settings


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('2026-11-29 13:30:05 GMT [1] FATAL:  invalid value for parameter "work-mem": "x"', "invalid value"),
        ("1:M 29 Nov 2026 13:31:20.814 # >>> 'work-mem x'", "the server does not have it"),
        (">>> 'work-mem \"x\"'", "the server does not have it"),
        ("[ERROR] mariadbd: unknown variable 'work_mem=x'", "[ERROR] mariadbd: unknown variable"),
    ],
)
def test_the_reason_is_without_time_and_level(line: str, reason: str) -> None:
    need: Any = SimpleNamespace(settings={"work_mem": "x", "mem": "y"})

    found = settings.culprit(need, ["starting", line, "bye"])

    assert found is not None
    assert found[0] == "work_mem"
    assert found[1].startswith(reason)
