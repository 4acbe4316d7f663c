"""Durations, times and counts as option values."""

import time
from datetime import datetime

import typer


def seconds(text: str | float) -> float:
    """`90`, `90s`, `10m` or `1h30m` in seconds; raises BadParameter."""
    if isinstance(text, int | float):
        return float(text)
    from localenv.sources import durations  # next to the YAML reader

    try:
        return durations.seconds(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def timeout(text: str | float) -> float:
    """A duration longer than 0 s."""
    found = seconds(text)
    if found <= 0:
        raise typer.BadParameter("must be longer than 0 s")
    return found


def with_unit(text: str) -> float:
    """A duration with a unit; raises BadParameter without one: five seconds and five hours are both plausible."""
    if text.strip().replace(".", "", 1).isdigit():
        raise typer.BadParameter(f"'{text}' needs a unit: {text}m or {text}h")
    return timeout(text)


def count(text: str | int) -> int:
    """An integer from 0; raises BadParameter."""
    if isinstance(text, int) or (text.isascii() and text.isdigit()):
        return int(text)
    raise typer.BadParameter(f"'{text}' is not a whole number from 0")


def moment(text: str | float) -> float:
    """A duration before now, or an ISO 8601 time, in seconds since the epoch; raises BadParameter."""
    if isinstance(text, str) and "-" in text:
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError as error:
            raise typer.BadParameter(f"'{text}' is not a time; write 10m or 2026-01-31T12:00:00") from error
    return max(time.time() - seconds(text), 0.0)
