"""Tell requests of web pages elsewhere, which run in the user's browser, from those of this machine."""

import ipaddress
from urllib.parse import urlsplit

_PRIVATE = (".localhost", ".local", ".internal", ".test", ".lan", ".home.arpa")  # names that nobody can register
REFUSAL = "refused: web pages from other sites may not use this server"


def is_elsewhere(host: str, origin: str) -> bool:
    """Whether a request with these headers (empty if absent) comes from a web page elsewhere.

    Such a page has its own Origin, or its name was made to resolve to this machine (DNS rebinding).
    """
    return not _is_here(f"//{host}") or (bool(origin) and not _is_here(origin))


def _is_here(url: str) -> bool:
    try:
        name = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    if not name:
        return url == "//"  # without a Host header, which every browser sends
    if not {".", ":"} & set(name) or name.endswith(_PRIVATE):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return url.startswith("//") or address.is_private  # by an address nothing is rebound
