"""httpx without its own command line, whose imports (rich, pygments and click) take 50 ms of each command."""

import ssl
import sys
from functools import cache

__all__ = ["httpx", "no_tls"]

_COMMAND_LINE = "httpx._main"  # httpx works without it
_is_mine = sys.modules.setdefault(_COMMAND_LINE, None) is None  # type: ignore[arg-type]

import httpx  # noqa: E402 - after the line above

if _is_mine:
    sys.modules.pop(_COMMAND_LINE, None)


@cache
def no_tls() -> ssl.SSLContext:
    """For clients of this machine, which make no TLS connections: loading the trust store takes 15 ms for each."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
