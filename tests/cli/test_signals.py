"""What becomes of a signal."""

import os
import signal

import pytest

from localenv.cli import signals
from localenv.process import Terminated


def send(number):
    os.kill(os.getpid(), number)
    signal.sigpending()  # a call into Python's signal machinery, where the handler runs


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_is_heeded_like_ctrl_c(number):
    with signals.heeded(), pytest.raises(Terminated):
        send(number)


def test_a_second_signal_is_answered_and_the_third_ends_the_removal_too(capsys):
    with signals.heeded("localenv down x"):
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)
        send(signal.SIGINT)
        assert "once more leaves it half done, and `localenv down x` removes the rest" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)


def test_a_removal_takes_its_time_with_the_first_signal(capsys):
    with signals.patient("localenv down x"):
        send(signal.SIGTERM)
        assert capsys.readouterr().err.startswith("still removing")


def test_a_signal_that_was_ignored_from_the_start_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.heeded():
            send(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_afterwards_signals_mean_what_they_meant():
    before = signal.getsignal(signal.SIGTERM)
    with signals.heeded(), signals.passed_on(), signals.patient("x"):
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before
