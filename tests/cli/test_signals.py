"""Signal handling."""

import os
import signal
import subprocess
import sys
import time
import weakref

import pytest

from localenv.cli import signals
from localenv.process import Terminated


def send(number):
    os.kill(os.getpid(), number)
    signal.sigpending()  # a call into Python's signal machinery, where the handler runs


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_is_handled_like_ctrl_c(number):
    with signals.handled(), pytest.raises(Terminated):
        send(number)


PATIENT = """
import sys, time
from localenv.cli import signals
with {how}:
    try:
        print("up", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("removing", flush=True)
        time.sleep(60)
"""


def begun(how):
    program = PATIENT.format(how=how)
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "up\n"
    return child


def test_a_second_signal_ends_at_once_and_leaves_the_rest_to_the_guard():
    with begun("signals.handled()") as child:
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "removing\n"
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == 130
        assert time.monotonic() - began < 15
        assert "cleanup continues in the background" in child.stderr.read()


def test_a_removal_takes_its_time_with_the_first_signal_and_leaves_the_rest_to_the_guard_with_the_second():
    with begun("signals.patient()") as child:
        child.send_signal(signal.SIGTERM)
        assert child.stderr.readline().startswith("still removing")
        assert child.poll() is None
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 130


def test_a_removal_that_a_signal_began_ends_with_the_next():
    with begun("signals.patient(is_announced=True)") as child:
        child.send_signal(signal.SIGHUP)
        assert child.wait(60) == 130


def test_a_signal_that_was_ignored_from_the_start_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.handled():
            send(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_afterwards_signals_mean_what_they_meant():
    before = signal.getsignal(signal.SIGTERM)
    with signals.handled(), signals.passed_on(), signals.patient():
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before


class Dropped:
    """An object whose end calls back."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_whose_exception_python_ignores_ends_the_command_all_the_same(number):
    dropped = [Dropped()]
    observed = weakref.ref(dropped[0], lambda _: send(number))  # as the import system observes its locks

    def drop_and_wait():
        dropped.clear()
        time.sleep(60)

    with signals.handled(), pytest.raises(KeyboardInterrupt):
        drop_and_wait()
    assert observed() is None
