"""The kinds of needs: a new kind is a module or package beside this one, and a line here."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from localenv.needs import Kind, kafka, mariadb, mongo, mysql, nats, oidc, postgres, rabbitmq, redis, s3, smtp
from localenv.stack import Need, Port, Service

KINDS: Mapping[str, Kind] = {
    "postgres": postgres.KIND,
    "mariadb": mariadb.KIND,
    "mysql": mysql.KIND,
    "redis": redis.KIND,
    "rabbitmq": rabbitmq.KIND,
    "nats": nats.KIND,
    "mongo": mongo.KIND,
    "kafka": kafka.KIND,
    "smtp": smtp.KIND,
    "s3": s3.KIND,
    "oidc": oidc.KIND,
}


def server(need: Need) -> Service:
    """A need as a service, on its own port or the default one of its kind."""
    kind = KINDS[need.kind]
    found = kind.service(need, Port(name=need.name, target=need.port or kind.port))
    return replace(found, own_address=need.own_address)


def without_client_settings(environ: Mapping[str, str], kinds: Iterable[str]) -> dict[str, str]:
    """An environment without a user's settings that would redirect clients of these kinds to another server."""
    names = frozenset[str]().union(*(KINDS[one].client_settings for one in kinds))
    return {name: value for name, value in environ.items() if name not in names}
