"""The kinds that the native engine can run, and the stub server; other needs run only in Docker."""

from collections.abc import Callable, Mapping

from localenv.engines.native.program import NativeKind, NativeNeed
from localenv.needs.on_demand import OnDemand

STUBS = "wiremock"  # the stub server, which is not a need


def _postgres() -> NativeNeed:
    from localenv.engines.native.kinds import postgres

    return postgres


def _mariadb() -> NativeNeed:
    from localenv.engines.native.kinds import mariadb

    return mariadb


def _mysql() -> NativeNeed:
    from localenv.engines.native.kinds import mysql

    return mysql


def _redis() -> NativeNeed:
    from localenv.engines.native.kinds import redis

    return redis


def _rabbitmq() -> NativeNeed:
    from localenv.engines.native.kinds import rabbitmq

    return rabbitmq


def _nats() -> NativeNeed:
    from localenv.engines.native.kinds import nats

    return nats


def _mongo() -> NativeNeed:
    from localenv.engines.native.kinds import mongo

    return mongo


def _kafka() -> NativeNeed:
    from localenv.engines.native.kinds import kafka

    return kafka


def _smtp() -> NativeNeed:
    from localenv.engines.native.kinds import smtp

    return smtp


def _s3() -> NativeNeed:
    from localenv.engines.native.kinds import s3

    return s3


def _oidc() -> NativeNeed:
    from localenv.engines.native.kinds import oidc

    return oidc


def _stubs() -> NativeKind:
    from localenv.engines.native import wiremock

    return wiremock


_NEEDS: Mapping[str, Callable[[], NativeNeed]] = {
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
NEEDS: Mapping[str, NativeNeed] = OnDemand(_NEEDS)
KINDS: Mapping[str, NativeKind] = OnDemand({**_NEEDS, STUBS: _stubs})
