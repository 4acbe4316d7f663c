"""httpx without its own command line, whose imports (rich, pygments and click) take 50 ms of each command."""

import sys

__all__ = ["httpx"]

_COMMAND_LINE = "httpx._main"  # httpx works without it
_is_mine = sys.modules.setdefault(_COMMAND_LINE, None) is None  # type: ignore[arg-type]

import httpx  # noqa: E402 - after the line above

if _is_mine:
    sys.modules.pop(_COMMAND_LINE, None)
