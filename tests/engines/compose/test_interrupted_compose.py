"""What Docker still makes for an interrupted Compose is waited for before an environment counts as removed."""

import pytest

from localenv.engines.compose import driving, removing
from localenv.engines.compose.working import Working
from localenv.host import waiting


@pytest.mark.parametrize(("interrupted", "rounds"), [("shop-local-1", 2), ("other-local-1", 1)])
def test_an_interrupted_compose_has_its_environment_removed_twice(monkeypatch, interrupted, rounds):
    removed, pauses = [], []

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(driving, "_unfinished", set())
    monkeypatch.setattr(driving, "run", interrupt)
    monkeypatch.setattr(driving.pulse, "watched", lambda *_: driving.contextmanager(lambda: (yield))())
    monkeypatch.setattr(waiting, "pause", pauses.append)
    monkeypatch.setattr(removing, "environment", lambda _, identity, data: removed.append(identity))
    compose = driving.Compose(identity=interrupted, project=None, call=(), files=(), dotenv=None)
    with pytest.raises(KeyboardInterrupt):
        compose.make(["api"])

    Working(client=None, daemon=None, creation=None).remove("shop-local-1", data=True)

    assert removed == ["shop-local-1"] * rounds
    assert len(pauses) == rounds - 1
