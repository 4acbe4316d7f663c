"""Garbage is not collected while much is read, and afterwards as before."""

import gc

import pytest

from localenv.host import collection


@pytest.fixture(autouse=True)
def _as_before():
    was_on = gc.isenabled()
    yield
    (gc.enable if was_on else gc.disable)()


def test_the_last_of_several_blocks_to_end_switches_it_on_again() -> None:
    gc.enable()
    one, other = collection.paused(), collection.paused()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert not gc.isenabled()
    other.__exit__(None, None, None)
    assert gc.isenabled()


def test_it_stays_off_where_somebody_has_switched_it_off() -> None:
    gc.disable()
    with collection.paused():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_a_failure_switches_it_on_again() -> None:
    gc.enable()
    with pytest.raises(KeyError), collection.paused():
        raise KeyError
    assert gc.isenabled()
