"""MySQL, which MariaDB's module speaks too."""

from localenv.needs.mariadb import (
    HAS_DATABASES,
    HAS_LOGIN,
    HAS_USERS,
    PORT,
    RESTORES,
    SCHEME,
    TABLES,
    client,
    culprit,
    forget,
    initial,
    ready,
    remember,
    restore,
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
    "RESTORES",
    "SCHEME",
    "TABLES",
    "VERSION",
    "client",
    "culprit",
    "forget",
    "initial",
    "ready",
    "remember",
    "restore",
    "rows",
    "service",
    "sql",
    "table",
    "variables",
]
