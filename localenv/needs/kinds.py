"""The kinds of needs: a new kind is a module or package beside this one, and a line here."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from localenv.needs import Kind, kafka, mariadb, mongo, mysql, nats, oidc, postgres, rabbitmq, redis, s3, smtp
from localenv.stack import Need, Port, Service

KINDS: Mapping[str, Kind] = {
    "postgres": postgres,
    "mariadb": mariadb,
    "mysql": mysql,
    "redis": redis,
    "rabbitmq": rabbitmq,
    "nats": nats,
    "mongo": mongo,
    "kafka": kafka,
    "smtp": smtp,
    "s3": s3,
    "oidc": oidc,
}


def server(need: Need) -> Service:
    """A need as a service, on its own port or the default one of its kind."""
    kind = KINDS[need.kind]
    found = kind.service(need, Port(name=need.name, target=need.port or kind.PORT))
    return replace(found, own_address=need.own_address)


def without_client_settings(environ: Mapping[str, str], kinds: Iterable[str]) -> dict[str, str]:
    """An environment without a user's settings that would redirect clients of these kinds to another server."""
    names = frozenset[str]().union(*(KINDS[one].CLIENT_SETTINGS for one in kinds))
    return {name: value for name, value in environ.items() if name not in names}
