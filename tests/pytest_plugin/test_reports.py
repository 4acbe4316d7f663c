"""Reports about an environment that could not be started."""

import pytest

from localenv import redaction
from localenv.errors import NotReadyError
from localenv.pytest_plugin import reports


def test_the_log_of_what_did_not_start_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction.text, "_known", redaction.text._Known())
    redaction.learn(["hunter2-hunter2"])

    report = reports.failure(NotReadyError("api: it exited", log=["cannot log in with hunter2-hunter2"], hint="look"))

    assert report == "localenv: api: it exited\n    cannot log in with ***\n  hint: look"
