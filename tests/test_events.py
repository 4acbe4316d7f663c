"""Events, and the log of an environment."""

from localenv import paths
from localenv.events import Event, EventLog, Phase, Progress


def test_a_listener_whose_pipe_is_closed_ends_nothing_and_the_log_goes_on():
    def closed(event: Event) -> None:
        raise BrokenPipeError

    paths.state("shop-local-0123ab")
    events = EventLog(environment="shop-local-0123ab", listener=closed)
    with events.step(Phase.START, "api"):
        pass

    written = paths.events("shop-local-0123ab").read_text().splitlines()
    assert ['"done"' in line for line in written] == [False, True]


def test_events_of_a_later_start_go_on_counting():
    paths.state("shop-local-0123ab")
    events: list[Event] = []
    for _ in range(2):
        EventLog(environment="shop-local-0123ab", listener=events.append).emit(Phase.PLAN, "", Progress.DONE)

    assert [event.seq for event in events] == [1, 2]
