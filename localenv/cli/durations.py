"""Durations and moments as options have them."""

import time
from datetime import datetime

import typer

from localenv.sources import durations


def seconds(text: str | float) -> float:
    """`90`, `90s`, `10m` or `1h30m` in seconds; raises BadParameter."""
    if isinstance(text, int | float):
        return float(text)
    try:
        return durations.seconds(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def timeout(text: str | float) -> float:
    """A duration that is longer than nothing."""
    found = seconds(text)
    if found <= 0:
        raise typer.BadParameter("it must be longer than nothing")
    return found


def moment(text: str | float) -> float:
    """A duration before now, or an ISO 8601 time, in seconds since the epoch; raises BadParameter."""
    if isinstance(text, str) and "-" in text:
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError as error:
            raise typer.BadParameter(f"'{text}' is no time; write 10m or 2026-01-31T12:00:00") from error
    return max(time.time() - seconds(text), 0.0)
