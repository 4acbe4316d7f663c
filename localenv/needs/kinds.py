"""Every kind of need: a new one is a module or a package beside this one, and a line here."""

from collections.abc import Mapping

from localenv.needs import Kind, mariadb, mysql, nats, postgres, rabbitmq, redis

KINDS: Mapping[str, Kind] = {
    "postgres": postgres,
    "mariadb": mariadb,
    "mysql": mysql,
    "redis": redis,
    "rabbitmq": rabbitmq,
    "nats": nats,
}
