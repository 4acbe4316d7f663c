"""Background work."""

from collections.abc import Iterator
from contextlib import closing
from threading import Barrier, Event
from time import sleep

import pytest

from localenv.host import background
from localenv.host.background import Streams, as_done, in_background, meanwhile, side_by_side


def test_a_failure_in_the_background_is_that_of_the_result() -> None:
    def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        in_background(work).result(timeout=60)


def test_work_goes_on_while_a_block_is_entered_and_has_ended_behind_it() -> None:
    began = Event()

    def work(over: Event) -> None:
        began.set()
        over.wait()

    with meanwhile(work) as future:
        assert began.wait(60)
        assert not future.done()
    assert future.done()


def test_what_happens_in_the_block_is_not_hidden_by_a_failure_beside_it() -> None:
    def work(over: Event) -> None:
        raise ValueError("beside")

    with pytest.raises(KeyError, match="inside"), meanwhile(work):
        raise KeyError("inside")


def test_results_come_in_the_order_of_the_items() -> None:
    together = Barrier(3, timeout=60)  # breaks if they do not run in parallel

    def work(item: int) -> int:
        together.wait()
        return item * item

    assert side_by_side(work, [3, 1, 2]) == [9, 1, 4]


def test_nothing_works_any_more_when_a_failure_is_raised() -> None:
    together, failed, ended = Barrier(2, timeout=60), Event(), Event()

    def work(item: str) -> None:
        together.wait()
        if item == "fails":
            failed.set()
            raise ValueError(item)
        assert failed.wait(60)
        ended.set()

    with pytest.raises(ValueError, match="fails"):
        side_by_side(work, ["fails", "works"])
    assert ended.is_set()


def test_what_is_done_first_comes_first() -> None:
    first = Event()

    def work(item: str, over: Event) -> str:
        if item == "late":
            assert first.wait(60)
        return item.upper()

    with closing(as_done(work, ["late", "early"])) as done:
        assert next(done) == ("early", "EARLY")
        first.set()
        assert list(done) == [("late", "LATE")]


def test_others_are_told_of_a_failure() -> None:
    def work(item: str, over: Event) -> None:
        if item == "fails":
            raise ValueError(item)
        assert over.wait(60)

    with pytest.raises(ValueError, match="fails"):
        list(as_done(work, ["waits", "fails"]))


def test_streams_are_read_side_by_side_until_all_have_ended() -> None:
    other_is_read = Event()

    def waiting() -> Iterator[str]:
        assert other_is_read.wait(60)
        yield "second"

    def first() -> Iterator[str]:
        yield "first"
        other_is_read.set()

    assert list(Streams(waiting(), first()).items()) == ["first", "second"]


def test_the_failure_of_a_stream_is_that_of_its_reader() -> None:
    def broken() -> Iterator[str]:
        yield "whole"
        raise ValueError("broken")

    items = Streams(broken()).items()

    assert next(items) == "whole"
    with pytest.raises(ValueError, match="broken"):
        next(items)


def test_a_silent_stream_is_given_up() -> None:
    over = Event()

    def silent() -> Iterator[str]:
        over.wait(60)
        yield ""

    with pytest.raises(TimeoutError):
        next(Streams(silent()).items(within=0.01))
    over.set()


def test_a_stream_can_be_added_after_all_have_ended() -> None:
    streams: Streams[str] = Streams([])
    assert list(streams.during(0.01)) == []

    streams.add(["more"])

    assert next(streams.during(10)) == "more"


def test_a_slow_reader_leaves_few_items_of_a_stream_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_UNREAD", 3)
    given: list[int] = []

    def stream() -> Iterator[int]:
        for number in range(40):
            given.append(number)
            yield number

    items: list[int] = []
    unread: list[int] = []
    for item in Streams(stream()).items():
        items.append(item)
        sleep(0.001)
        unread.append(len(given) - len(items))

    assert items == [*range(40)]
    assert max(unread) <= 4  # one more waits for its place
