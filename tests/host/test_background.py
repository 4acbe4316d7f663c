"""Work that goes on beside."""

from threading import Event

import pytest

from localenv.host.background import in_background, meanwhile


def test_a_failure_in_the_background_is_that_of_the_result() -> None:
    def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        in_background(work).result(timeout=10)


def test_work_goes_on_while_a_block_is_entered_and_has_ended_behind_it() -> None:
    began = Event()

    def work(over: Event) -> None:
        began.set()
        over.wait()

    with meanwhile(work) as future:
        assert began.wait(10)
        assert not future.done()
    assert future.done()


def test_what_happens_in_the_block_is_not_hidden_by_a_failure_beside_it() -> None:
    def work(over: Event) -> None:
        raise ValueError("beside")

    with pytest.raises(KeyError, match="inside"), meanwhile(work):
        raise KeyError("inside")
