"""Run a test once for each state of feature flags, or for each way in which an upstream fails."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

FLAGS, FAULTS = "flags", "faults"
FIXTURES = {FLAGS: "_localenv_flags", FAULTS: "_localenv_faults"}
KINDS = ("status=500", "status=503", "malformed", "truncated", "empty", "reset", "garbage", "hang")


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Parametrize a test that has one of the markers."""
    for marker, arguments in (FLAGS, _flags), (FAULTS, _faults):
        if marks := list(metafunc.definition.iter_markers(marker)):
            given = arguments(marks)
            metafunc.parametrize(FIXTURES[marker], list(given.values()), ids=list(given), indirect=True)


def _flags(marks: list[pytest.Mark]) -> dict[str, Any]:
    """Every combination of the values, each with its id."""
    values: dict[str, Any] = {}
    for mark in reversed(marks):
        if len(mark.args) > 1 or (mark.args and not isinstance(mark.args[0], Mapping)):
            raise pytest.UsageError("@pytest.mark.flags takes flags by name: flags(new_checkout=[True, False])")
        values |= {**(mark.args[0] if mark.args else {}), **mark.kwargs}
    each = [[(name, one) for one in (some if isinstance(some, list) else [some])] for name, some in values.items()]
    return {",".join(f"{name}={value}" for name, value in combined): dict(combined) for combined in product(*each)}


def _faults(marks: list[pytest.Mark]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mark in marks:
        if not mark.args:
            raise pytest.UsageError('@pytest.mark.faults names upstreams: faults("payments")')
        more = dict(mark.kwargs)
        kinds = more.pop("kinds", KINDS)
        if unknown := sorted(set(more) - {"method", "path"}):
            raise pytest.UsageError(f"@pytest.mark.faults has no '{unknown[0]}'; available: kinds, method, path")
        found |= {f"{name}-{kind}": {"upstream": name, "kind": kind, **more} for name in mark.args for kind in kinds}
    return found
