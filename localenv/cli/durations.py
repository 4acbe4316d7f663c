"""Durations and moments as people type them."""

import re
import time
from datetime import datetime

import typer

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PART = r"(\d+(?:\.\d+)?)(ms|s|m|h|d)"


def seconds(text: str | float) -> float:
    """`90`, `90s`, `10m` or `1h30m` in seconds; raises BadParameter."""
    if isinstance(text, int | float):
        return float(text)
    plain = text.strip().lower()
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        return float(plain)
    if not re.fullmatch(f"({_PART})+", plain):
        raise typer.BadParameter(f"'{text}' is no duration; write 90s, 10m or 1h30m")
    return sum(float(amount) * (0.001 if unit == "ms" else _UNITS[unit]) for amount, unit in re.findall(_PART, plain))


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
