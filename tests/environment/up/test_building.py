"""A failed build names its cause, also where a start builds; its output stays for a look at it, and is bounded."""

import os

import pytest

from localenv.environment.up import building
from localenv.errors import BuildError, NotReadyError
from localenv.paths import caches


def test_of_many_failed_builds_the_last_outputs_stay(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(building, "_MOST_KEPT", 2)
    for number in range(4):
        building._explained(
            f"shop-{number}", BuildError("api: build failed", name="api", step="RUN make", output=["no such file"])
        )
        os.utime(caches.build_log(f"shop-{number}", "api"), (number, number))
    assert sorted(one.name for one in caches.builds().iterdir()) == ["shop-2.api.log", "shop-3.api.log"]


def test_a_build_that_fails_during_a_start_names_its_cause_without_empty_lines(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    output = ["", "> shop@1.0.0 build", "> tsc", "", "src/a.ts(6,81): error TS1109: Expression expected."]
    with pytest.raises(NotReadyError) as failed, building.explained("shop"):
        raise BuildError(
            "worker: `npm run build` exited with code 2", name="worker", step="npm run build", output=output
        )

    assert failed.value.message == f"worker: build failed: {output[-1]} (npm run build)"
    assert all(failed.value.log)
