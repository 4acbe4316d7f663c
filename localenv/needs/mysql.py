"""MySQL: as MariaDB, but for its version; what differs in words they tell by the need's kind."""

from localenv.needs.mariadb import (
    CLIENT,
    CLIENT_SETTINGS,
    COPIES,
    HAS_DATABASES,
    LOGIN,
    MEMORY,
    PORT,
    SCHEME,
    SEARCH,
    SETTINGS,
    SNAPSHOTS,
    SQL,
    ready,
    service,
    variables,
)

VERSION = "8.4"

__all__ = [
    "CLIENT",
    "CLIENT_SETTINGS",
    "COPIES",
    "HAS_DATABASES",
    "LOGIN",
    "MEMORY",
    "PORT",
    "SCHEME",
    "SEARCH",
    "SETTINGS",
    "SNAPSHOTS",
    "SQL",
    "VERSION",
    "ready",
    "service",
    "variables",
]
