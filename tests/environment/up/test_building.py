"""The output of failed builds stays for a look at it, and is bounded."""

import os

from localenv.environment.up import building
from localenv.errors import BuildError
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
