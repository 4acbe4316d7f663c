"""Raw Compose keys that also apply without a container, and the names of those that do not."""

import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from localenv.engines.native.program import Program

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_PART = re.compile(r"([0-9.]+)(ms|us|ns|h|m|s)")
_KEPT = ("stop_grace_period", "stop_signal", "stdin_open")


def applied(program: Program, compose: Mapping[str, Any]) -> Program:
    """The program with the supported keys applied; its detail names the others."""
    others = left_out(compose)
    return replace(
        program,
        stop=_signal(compose.get("stop_signal")) or program.stop,
        patience=_seconds(compose.get("stop_grace_period")),
        keeps_input=str(compose.get("stdin_open", "")).lower() == "true",
        detail=f"ignored: compose: {', '.join(others)}" if others else program.detail,
    )


def left_out(compose: Mapping[str, Any]) -> list[str]:
    """The keys that have no effect without a container."""
    return [key for key in compose if key not in _KEPT and not key.startswith("x-")]


def _seconds(value: Any) -> float | None:
    """Parse a Compose duration such as `1m30s`; None if there is none."""
    parts = _PART.findall(str(value or ""))
    return sum(float(amount) * _UNITS[unit] for amount, unit in parts) if parts else None


def _signal(value: Any) -> int | None:
    text = str(value or "").upper()
    if text.isdigit():
        return int(text)
    with suppress(KeyError):
        return signal.Signals[text if text.startswith("SIG") else f"SIG{text}"]
    return None
