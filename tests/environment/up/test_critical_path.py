"""The critical path says what a start waited for, and nothing that was done beside it."""

from localenv.environment.up.critical_path import path
from localenv.events import Phase


def test_the_path_leads_from_the_last_step_back_over_what_it_had_to_wait_for():
    spans = {
        (Phase.BUILD, "api"): (0.0, 1.0),
        (Phase.READY, "db"): (0.0, 4.5),
        (Phase.READY, "localenv.stubs"): (0.1, 4.1),
        (Phase.STUBS, "payments"): (4.1, 4.4),
        (Phase.JOB, "db.migrate"): (4.5, 5.4),
        (Phase.READY, "api"): (5.4, 6.9),
        (Phase.READY, "worker"): (5.4, 7.1),
        (Phase.SMOKE, "smoke"): (6.9, 7.4),
    }

    assert path(spans) == "db 4.5 s → db.migrate 0.9 s → api 1.5 s → smoke 0.5 s"


def test_a_build_that_others_waited_for_is_on_the_path():
    spans = {
        (Phase.BUILD, "api"): (0.0, 3.1),
        (Phase.READY, "db"): (0.0, 1.2),
        (Phase.JOB, "db.migrate"): (3.1, 3.9),
        (Phase.READY, "api"): (3.9, 4.3),
    }

    assert path(spans) == "build api 3.1 s → db.migrate 0.8 s → api 0.4 s"


def test_stubs_and_fetched_images_are_on_the_path_where_the_rest_waits_for_them():
    spans = {
        (Phase.PULL, "wiremock"): (0.0, 2.0),
        (Phase.READY, "localenv.stubs"): (2.0, 3.0),
        (Phase.READY, "cache"): (2.0, 2.1),
        (Phase.STUBS, "payments"): (3.0, 3.3),
        (Phase.READY, "api"): (3.4, 3.9),
    }

    assert path(spans) == "pull wiremock 2.0 s → localenv.stubs 1.0 s → stubs payments 0.3 s → api 0.5 s"


def test_what_took_no_time_is_not_named_and_where_nothing_was_done_there_is_no_path():
    assert path({(Phase.READY, "a"): (0.0, 0.01), (Phase.READY, "b"): (0.01, 1.0)}) == "b 1.0 s"
    assert path({(Phase.READY, ""): (0.0, 9.0), (Phase.READY, "a"): (0.0, 8.0)}) == "a 8.0 s"
    assert path({(Phase.REMOVE, "a"): (0.0, 9.0)}) == ""
    assert path({}) == ""
