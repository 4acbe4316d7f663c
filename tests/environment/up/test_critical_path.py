"""The critical path lists what a start waited for, and no parallel steps."""

from localenv.environment.up.critical_path import path
from localenv.plan import Action, Plan
from tests.environment.up.plans import plan

BUILD, FETCH, START, AWAIT = Action.BUILD, Action.PULL, Action.START, Action.AWAIT
LOAD, RUN, SMOKE = Action.LOAD, Action.RUN, Action.SMOKE


ORDERS = plan(
    {
        "build api": "",
        "pull stubs": "",
        "start db": "pull stubs",
        "start stubs": "pull stubs",
        "await db": "start db",
        "await stubs": "start stubs",
        "load payments": "await stubs",
        "run migrate": "build api, await db",
        "start api": "run migrate, load payments",
        "await api": "start api",
        "smoke smoke": "await api",
    }
)
TIMES = {
    (BUILD, "api"): (0.0, 1.0),
    (FETCH, "stubs"): (0.0, 0.1),
    (START, "db"): (0.1, 0.6),
    (START, "stubs"): (0.1, 0.6),
    (AWAIT, "db"): (0.6, 4.5),
    (AWAIT, "stubs"): (0.6, 4.1),
    (LOAD, "payments"): (4.1, 4.4),
    (RUN, "migrate"): (4.5, 5.4),
    (START, "api"): (5.4, 5.9),
    (AWAIT, "api"): (5.9, 6.9),
    (SMOKE, "smoke"): (6.9, 7.4),
}


def test_the_path_leads_from_the_last_step_back_over_what_it_waited_for():
    assert path(ORDERS, TIMES, {}) == "db 4.4 s → migrate 0.9 s → api 1.5 s → smoke 0.5 s"


def test_a_build_that_others_waited_for_is_on_the_path():
    times = {**TIMES, (BUILD, "api"): (0.0, 5.0), (RUN, "migrate"): (5.0, 5.4)}

    assert path(ORDERS, times, {}) == "build api 5.0 s → migrate 0.4 s → api 1.5 s → smoke 0.5 s"


def test_stubs_and_what_was_pulled_are_on_the_path_where_the_rest_waits_for_them():
    times = {
        (FETCH, "stubs"): (0.0, 2.0),
        (START, "stubs"): (2.0, 2.5),
        (AWAIT, "stubs"): (2.5, 3.0),
        (LOAD, "payments"): (3.0, 3.3),
        (START, "api"): (3.4, 3.6),
        (AWAIT, "api"): (3.6, 3.9),
    }

    shown = path(ORDERS, times, {(FETCH, "stubs"): "wiremock/wiremock:3.13.2"})
    assert shown == "pull wiremock/wiremock:3.13.2 2.0 s → stubs 1.0 s → stubs payments 0.3 s → api 0.5 s"


def test_a_step_that_only_waited_for_a_start_has_that_start_on_its_path():
    held = plan({"start stubs": "", "await stubs": "start stubs", "run migrate": "start stubs"})
    times = {(START, "stubs"): (0.0, 0.2), (AWAIT, "stubs"): (0.2, 0.9), (RUN, "migrate"): (0.2, 3.0)}

    assert path(held, times, {}) == "stubs 0.2 s → migrate 2.8 s"


def test_what_took_no_time_is_not_named_and_where_nothing_was_done_there_is_no_path():
    two = plan({"run a": "", "run b": "run a"})

    assert path(two, {(RUN, "a"): (0.0, 0.01), (RUN, "b"): (0.01, 1.0)}, {}) == "b 1.0 s"
    assert path(two, {}, {}) == ""
    assert path(Plan(), {}, {}) == ""
