"""MySQL: the same as MariaDB except for its version; shared code checks the need's kind for differences."""

from localenv.needs.mariadb import (
    CLIENT,
    CLIENT_SETTINGS,
    COPIES,
    FURTHER_PORTS,
    HAS_DATABASES,
    HAS_USERS,
    KEEPS_DATA,
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
    "FURTHER_PORTS",
    "HAS_DATABASES",
    "HAS_USERS",
    "KEEPS_DATA",
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
