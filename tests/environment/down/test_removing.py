"""What is left to do when a process exits without cleaning up."""

import pytest

from localenv import paths, state
from localenv.environment.down import guarding, removing
from localenv.state import locking


@pytest.mark.parametrize(("recorded", "guarded"), [(False, False), (True, False), (False, True)])
def test_the_lock_of_a_removed_environment_does_not_stay(monkeypatch, recorded, guarded):
    monkeypatch.setattr(guarding, "is_there", lambda _: guarded)
    monkeypatch.setattr(state, "is_recorded", lambda _: recorded)
    with locking.lock("shop-local-abcdef"):
        removing.abandon()
        assert paths.lock("shop-local-abcdef").exists() == (recorded or guarded)
    assert locking.held() == ()
