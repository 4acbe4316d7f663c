"""Durations and moments."""

import time

import pytest
import typer

from localenv.cli import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("1.5m", 90), ("1h30m", 5400), ("2d", 172800), ("250ms", 0.25), (120.0, 120)],
)
def test_durations_are_read_as_people_write_them(text, seconds):
    assert durations.seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "-5", "5 apples", "1m30"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(typer.BadParameter):
        durations.seconds(text)


def test_a_timeout_of_nothing_is_refused():
    with pytest.raises(typer.BadParameter):
        durations.timeout("0s")


def test_a_moment_is_a_while_ago_or_a_time():
    assert durations.moment("10m") == pytest.approx(time.time() - 600, abs=5)
    assert durations.moment("1970-01-01T00:01:00+00:00") == 60
    with pytest.raises(typer.BadParameter):
        durations.moment("2026-13-40")


def test_what_is_ambiguous_needs_a_unit():
    assert durations.with_unit("5m") == 300
    with pytest.raises(typer.BadParameter, match="'5' needs a unit: 5m or 5h"):
        durations.with_unit("5")
