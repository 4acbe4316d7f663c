"""Raw Compose keys of a service that runs without a container."""

import signal
from pathlib import Path

from localenv.engines.native import raw_keys
from localenv.engines.native.program import Program

PROGRAM = Program(argv=("true",), environment={}, folder=Path("/"))


def test_how_a_service_is_stopped_and_that_its_input_stays_open_is_kept():
    kept = {"stop_grace_period": "1m30s", "stop_signal": "int", "stdin_open": True, "x-team": "orders"}
    found = raw_keys.applied(PROGRAM, kept)
    assert (found.patience, found.stop, found.keeps_input, found.detail) == (90.0, signal.SIGINT, True, "")


def test_keys_that_mean_nothing_without_a_container_are_named():
    found = raw_keys.applied(PROGRAM, {"tty": True, "stop_grace_period": "500ms", "dns": ["1.1.1.1"]})
    assert (found.patience, found.stop) == (0.5, signal.SIGTERM)
    assert found.detail == "ignored: compose: tty, dns"
