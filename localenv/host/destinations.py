"""Check the destination of untrusted URLs: the environment's own, or a host that the user allows."""

import re
from collections.abc import Iterable
from urllib.parse import quote

_URL = re.compile(r"(https?)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(?:[/?#].*)?", re.S | re.I)
_PORTS = {"http": 80, "https": 443}


def of(url: str) -> str | None:
    """`HOST:PORT` of a URL; None if it is not certain, for example with a user or a template in it."""
    found = _URL.fullmatch(url)
    if found is None:
        return None
    return f"{found[2].lower().rstrip('.')}:{found[3] or _PORTS[found[1].lower()]}"


def encoded(url: str) -> str:
    """The URL or path with what it cannot contain (spaces, letters beyond ASCII) percent-encoded, as browsers do."""
    return re.sub(r"[^!-~]", lambda found: quote(found[0]), url)


def moved(url: str, address: str) -> str:
    """The URL, accepted by `of`, with another `HOST:PORT`."""
    scheme, _, rest = url.partition("://")
    end = next((at for at, mark in enumerate(rest) if mark in "/?#"), len(rest))
    return f"{scheme}://{address}{rest[end:]}"


def is_among(destination: str, known: Iterable[str]) -> bool:
    """Whether `HOST:PORT` is one of these; one without a port matches every port."""
    host = destination.rpartition(":")[0]
    return any(one.lower() in (destination, host) for one in known)
