"""What is left for later is done once, in the background, and its failure is that of whoever needs its result."""

import sys
from threading import Event

import pytest

from localenv.errors import DescriptionError, Interrupted
from localenv.errors.problems import Problem
from localenv.host.background import as_done, in_background, side_by_side
from localenv.stubs.sources import ahead
from localenv.stubs.sources.ahead import Going, Later

FAILS = DescriptionError([Problem("one"), Problem("two")])


def left(begun: ahead.Ahead, value: str, saved: list[str] | None = None) -> Later[str]:
    return begun.leave(lambda going: value, (saved if saved is not None else []).append)


def failing(going: Going) -> str:
    raise FAILS


def test_a_result_is_there_for_whoever_asks_and_is_saved_when_the_block_has_ended() -> None:
    saved: list[str] = []
    with ahead.ahead() as begun:
        later = left(begun, "made", saved)
        assert not begun.is_done
        assert (later.result(), later.result()) == ("made", "made")
        assert begun.is_done
    assert saved == ["made"]


def test_what_has_begun_goes_on_until_the_block_ends_and_then_stops() -> None:
    stopped = Event()

    def work(going: Going) -> None:
        going.over.wait()
        stopped.set()
        raise Interrupted("stopped")

    with ahead.ahead() as begun:
        later = begun.leave(work, lambda found: None)
        ahead.begin()
        assert not ahead.is_done()
    assert stopped.is_set()
    with pytest.raises(Interrupted):
        later.result()


def test_work_tells_parts_of_its_result_until_it_ends_also_in_a_failure() -> None:
    were_read = Event()

    def work(going: Going) -> str:
        going.tell(1)
        going.tell(2)
        were_read.wait()
        raise FAILS

    with ahead.ahead() as begun:
        later = begun.leave(work, lambda found: None)
        parts, told = later.parts(), []
        while told[-1:] != [2]:
            told += next(parts)
        were_read.set()
        assert ([*parts], told, [*later.parts()]) == ([], [1, 2], [])
        with pytest.raises(DescriptionError):
            later.result()


def test_nothing_begins_any_more_where_a_start_has_failed() -> None:
    with ahead.ahead() as begun:
        later = begun.leave(failing, lambda found: None)
        ahead.stop()
        with pytest.raises(Interrupted):
            later.result()


def test_waiting_finds_the_mistakes_of_all_of_it() -> None:
    with ahead.ahead() as begun:
        for work in (failing, lambda going: "made", failing):
            begun.leave(work, lambda found: None)
        with pytest.raises(DescriptionError) as error:
            begun.wait()
    assert [one.message for one in error.value.problems] == ["one", "two", "one", "two"]


def test_other_threads_of_a_block_belong_to_it_and_those_outside_do_not() -> None:
    outside = Event()
    seen = in_background(lambda: outside.wait(60) and ahead.current())
    with ahead.ahead() as begun:
        outside.set()
        assert seen.result(60) is None
        assert in_background(ahead.current).result(60) is begun
        assert side_by_side(lambda one: ahead.current(), [1, 2]) == [begun, begun]
        assert dict(as_done(lambda one, over: ahead.current(), [1])) == {1: begun}
        with ahead.ahead() as inner:
            assert ahead.current() is inner
        assert ahead.current() is begun
    assert ahead.current() is None


def test_threads_take_turns_as_before_when_the_last_block_has_ended() -> None:
    before = sys.getswitchinterval()
    with ahead.ahead() as first:
        left(first, "made")
        first.begin()
        with ahead.ahead() as second:
            left(second, "made")
            second.begin()
            first.end()
            assert sys.getswitchinterval() < before
        assert sys.getswitchinterval() == before
