"""Every kind of need: a new one is a module or a package beside this one, and a line here."""

from collections.abc import Iterable, Mapping

from localenv.needs import Kind, mariadb, mysql, nats, postgres, rabbitmq, redis

KINDS: Mapping[str, Kind] = {
    "postgres": postgres,
    "mariadb": mariadb,
    "mysql": mysql,
    "redis": redis,
    "rabbitmq": rabbitmq,
    "nats": nats,
}


def without_client_settings(environ: Mapping[str, str], kinds: Iterable[str]) -> dict[str, str]:
    """An environment in which a user's own configuration leads no client of these kinds to another server."""
    names = frozenset[str]().union(*(KINDS[one].CLIENT_SETTINGS for one in kinds))
    return {name: value for name, value in environ.items() if name not in names}
