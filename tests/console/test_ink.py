"""Colours, and control sequences that must not reach a terminal."""

import io
import os
import sys
from contextlib import nullcontext

import pytest

from localenv.console import terminal
from localenv.console.ink import Ink


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def ordinary_terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_terminal_has_colours_and_a_file_has_none():
    assert Ink(Terminal())("ready", "bold", "green") == "\x1b[1;32mready\x1b[0m"
    assert Ink(io.StringIO())("ready", "bold") == "ready"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_person_can_do_without_colours(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    assert Ink(Terminal())("ready", "green") == "ready"


def test_colours_can_be_forced_into_a_file(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert Ink(io.StringIO())("ready", "green") == "\x1b[32mready\x1b[0m"


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[2Jgone",
        "\x1b]0;title\x07gone",
        "\x1b]8;;http://x\x1b\\gone",
        "\x1b[10;10Hgone",
        "go\rne",
        "gone\x07",
        "\x9bgone",
        "go\u202ene",
        "\u2066gone\u2069",
        "go\u2028ne",
    ],
)
def test_what_a_terminal_would_obey_is_left_out(text):
    for stream in (Terminal(), io.StringIO()):
        assert Ink(stream).safe(text) == "gone"


def test_colours_of_a_program_stay_on_a_terminal_and_end_with_its_line():
    assert Ink(Terminal()).safe("\x1b[31mred\ttab") == "\x1b[31mred\ttab\x1b[0m"
    assert Ink(io.StringIO()).safe("\x1b[31mred\ttab") == "red\ttab"


def test_nothing_that_a_terminal_would_obey_is_printed_whatever_prints_it(capfd):
    with terminal.cleaned():
        print("a\x1b[2J", "b\x1b]0;title\x07", file=sys.stderr)
        sys.stdout.write("c\x1b")
        sys.stdout.write("[2Jd\u202ee\n")

    output = capfd.readouterr()
    assert output.err == "a b\n"
    assert output.out == "c[2Jde\n"


def test_what_programs_read_is_changed_on_a_terminal_only():
    for stream, wanted in ((io.StringIO(), "a\x1b[2J"), (Terminal(), "a")):
        terminal.exact(terminal.Cleaned(stream)).write("a\x1b[2J")
        assert stream.getvalue() == wanted


@pytest.mark.parametrize("lasts", [True, False])
def test_output_that_nobody_reads_any_more_is_an_error_unless_its_command_outlasts_it(monkeypatch, lasts):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        monkeypatch.setattr(sys, "stdout", terminal.Cleaned(stream))
        expected = nullcontext() if lasts else pytest.raises(BrokenPipeError)
        with terminal.lasting() if lasts else nullcontext(), expected:
            print("one", flush=True)
        if not lasts:
            os.dup2(os.open(os.devnull, os.O_WRONLY), write)  # closing it would raise again
