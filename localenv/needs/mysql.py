"""MySQL, which MariaDB's module speaks too."""

from localenv.needs.mariadb import (
    HAS_DATABASES,
    HAS_LOGIN,
    HAS_USERS,
    PORT,
    SCHEME,
    TABLES,
    client,
    culprit,
    initial,
    ready,
    rows,
    service,
    sql,
    table,
    variables,
)

VERSION = "8.4"

__all__ = [
    "HAS_DATABASES",
    "HAS_LOGIN",
    "HAS_USERS",
    "PORT",
    "SCHEME",
    "TABLES",
    "VERSION",
    "client",
    "culprit",
    "initial",
    "ready",
    "rows",
    "service",
    "sql",
    "table",
    "variables",
]
