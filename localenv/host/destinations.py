"""Where a URL leads, for those that somebody else wrote: to the environment's own, or to what the user allows."""

import re
from collections.abc import Iterable

_URL = re.compile(r"(https?)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(?:[/?#].*)?", re.S | re.I)
_PORTS = {"http": 80, "https": 443}


def of(url: str) -> str | None:
    """`HOST:PORT` of a URL; None where that cannot be told for sure, as of one with a user or a template in it."""
    found = _URL.fullmatch(url)
    if found is None:
        return None
    return f"{found[2].lower().rstrip('.')}:{found[3] or _PORTS[found[1].lower()]}"


def moved(url: str, address: str) -> str:
    """The URL, of which `of` knows where it leads, with another `HOST:PORT`."""
    scheme, _, rest = url.partition("://")
    end = next((at for at, mark in enumerate(rest) if mark in "/?#"), len(rest))
    return f"{scheme}://{address}{rest[end:]}"


def is_among(destination: str, known: Iterable[str]) -> bool:
    """Whether `HOST:PORT` is one of these; one without a port means every port of it."""
    host = destination.rpartition(":")[0]
    return any(one.lower() in (destination, host) for one in known)
