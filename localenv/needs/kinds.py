"""The kinds of needs: a new kind is a module or package beside this one, a function and a line here."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from localenv.needs import Kind
from localenv.needs.on_demand import OnDemand
from localenv.stack import Need, Port, Service


def _postgres() -> Kind:
    from localenv.needs import postgres

    return postgres.KIND


def _mariadb() -> Kind:
    from localenv.needs import mariadb

    return mariadb.KIND


def _mysql() -> Kind:
    from localenv.needs import mysql

    return mysql.KIND


def _redis() -> Kind:
    from localenv.needs import redis

    return redis.KIND


def _rabbitmq() -> Kind:
    from localenv.needs import rabbitmq

    return rabbitmq.KIND


def _nats() -> Kind:
    from localenv.needs import nats

    return nats.KIND


def _mongo() -> Kind:
    from localenv.needs import mongo

    return mongo.KIND


def _kafka() -> Kind:
    from localenv.needs import kafka

    return kafka.KIND


def _smtp() -> Kind:
    from localenv.needs import smtp

    return smtp.KIND


def _s3() -> Kind:
    from localenv.needs import s3

    return s3.KIND


def _oidc() -> Kind:
    from localenv.needs import oidc

    return oidc.KIND


KINDS: Mapping[str, Kind] = OnDemand(
    {
        "postgres": _postgres,
        "mariadb": _mariadb,
        "mysql": _mysql,
        "redis": _redis,
        "rabbitmq": _rabbitmq,
        "nats": _nats,
        "mongo": _mongo,
        "kafka": _kafka,
        "smtp": _smtp,
        "s3": _s3,
        "oidc": _oidc,
    }
)


def server(need: Need) -> Service:
    """A need as a service, on its own port or the default one of its kind."""
    kind = KINDS[need.kind]
    found = kind.service(need, Port(name=need.name, target=need.port or kind.port))
    return replace(found, own_address=need.own_address)


def without_client_settings(environ: Mapping[str, str], kinds: Iterable[str]) -> dict[str, str]:
    """An environment without a user's settings that would redirect clients of these kinds to another server."""
    found = [KINDS[one] for one in kinds]
    names = frozenset[str]().union(*(one.client_settings for one in found))
    return {name: value for name, value in environ.items() if name not in names} | _no_files(found)


def without_files(kinds: Iterable[str]) -> dict[str, str]:
    """Variables that keep clients of these kinds from a user's own files."""
    return _no_files([KINDS[one] for one in kinds])


def _no_files(found: Iterable[Kind]) -> dict[str, str]:
    return {name: value for one in found for name, value in one.no_files.items()}
