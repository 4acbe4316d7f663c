"""Connections to needs, with the client libraries installed for the tests."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from types import ModuleType
from typing import Any

from localenv.errors import UsageError
from localenv.needs.kinds import without_client_settings
from localenv.stack import Connection


def connect(kind: str, connection: Connection, options: Mapping[str, Any]) -> Any:
    """Open a connection with a `close()` method; raises UsageError for an unsupported kind or a missing library."""
    if kind not in _DRIVERS:
        raise UsageError(f"localenv has no client for {kind}", hint=f"use your own client with {connection.scheme}://…")
    names, opens = _DRIVERS[kind]
    with _without_client_settings(kind):
        return opens(_driver(kind, names), connection, dict(options))


def close(opened: Any) -> None:
    """Close a connection, which may be closed already (PyMySQL and pika raise an error) or whose server may be gone."""
    with suppress(Exception):
        opened.close()


@contextmanager
def _without_client_settings(kind: str) -> Iterator[None]:
    """Remove variables of the user's configuration that would direct a client to another server."""
    before = dict(os.environ)
    hidden = before.keys() - without_client_settings(before, [kind])
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update({name: before[name] for name in hidden})


def _driver(kind: str, names: tuple[str, ...]) -> ModuleType:
    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise UsageError(f"no client library for {kind} is installed", hint=f"pip install {names[0]}")


def _postgres(driver: ModuleType, connection: Connection, options: dict[str, Any]) -> Any:
    if driver.__name__ == "psycopg":
        return driver.connect(connection.url, **({"autocommit": True} | options))
    opened = driver.connect(connection.url, **options)
    opened.autocommit = True
    return opened


def _mysql(driver: ModuleType, connection: Connection, options: dict[str, Any]) -> Any:
    arguments = {
        "host": connection.host,
        "port": int(connection.port),
        "user": connection.user,
        "password": connection.password,
        "database": connection.database or None,
        "autocommit": True,
    }
    return driver.connect(**(arguments | options))


def _redis(driver: ModuleType, connection: Connection, options: dict[str, Any]) -> Any:
    return driver.Redis.from_url(connection.url, **({"decode_responses": True} | options))


def _rabbitmq(driver: ModuleType, connection: Connection, options: dict[str, Any]) -> Any:
    return driver.BlockingConnection(driver.URLParameters(connection.url))


def _mongo(driver: ModuleType, connection: Connection, options: dict[str, Any]) -> Any:
    return driver.MongoClient(connection.url, **options)


_Opens = Callable[[ModuleType, Connection, dict[str, Any]], Any]
_DRIVERS: Mapping[str, tuple[tuple[str, ...], _Opens]] = {
    "postgres": (("psycopg", "psycopg2"), _postgres),
    "mariadb": (("pymysql",), _mysql),
    "mysql": (("pymysql",), _mysql),
    "redis": (("redis",), _redis),
    "rabbitmq": (("pika",), _rabbitmq),
    "mongo": (("pymongo",), _mongo),
}
