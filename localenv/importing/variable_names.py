"""What the names of variables say: a host, a port, the login of a need, the server that they are of."""

import re
from collections.abc import Mapping

HOST = re.compile(
    r"(^|[_.-]|(?<=[a-z]))(host|hosts|hostname|host_?name|server|servers|servername|addr|address|endpoint|broker|brokers"
    r"|node|nodes|contact_?points|url|uri|service|backend|upstream|domain|ip)$",
    re.IGNORECASE,
)
PORT = re.compile(r"(^|[_.-]|(?<=[a-z]))port$", re.IGNORECASE)
MEMBERS: Mapping[str, re.Pattern[str]] = {  # attributes of a need, by the names of variables that hold them
    "password": re.compile(r"PASS|PWD|SECRET", re.I),
    "user": re.compile(r"USER|LOGIN|ROLE", re.I),
    "database": re.compile(r"(DB|DATABASE|NAME|SCHEMA|CATALOG)$|DATABASE|DB_NAME|DBNAME", re.I),
}
KINDS: Mapping[str, re.Pattern[str]] = {
    "postgres": re.compile(r"POSTGRES|(^|_)PG(?!ADMIN)|(^|[_.])DB|DATABASE|SQL|DATASOURCE", re.I),
    "mysql": re.compile(r"MYSQL|(^|[_.])DB|DATABASE|SQL|WORDPRESS|DATASOURCE", re.I),
    "mariadb": re.compile(r"MYSQL|MARIA|(^|[_.])DB|DATABASE|SQL|WORDPRESS|DATASOURCE", re.I),
    "redis": re.compile(r"REDIS|CACHE|VALKEY|CELERY|BROKER|QUEUE", re.I),
    "rabbitmq": re.compile(r"RABBIT|AMQP|BROKER|QUEUE|(^|_)MQ", re.I),
    "nats": re.compile(r"NATS", re.I),
}
SERVERS: Mapping[str, re.Pattern[str]] = {  # variables that name the server itself
    "postgres": re.compile(r"POSTGRES|(^|_)PG(?!ADMIN)", re.I),
    "mysql": re.compile(r"MYSQL|MARIA", re.I),
    "mariadb": re.compile(r"MYSQL|MARIA", re.I),
    "redis": re.compile(r"REDIS|VALKEY", re.I),
    "rabbitmq": re.compile(r"RABBIT|AMQP", re.I),
    "nats": re.compile(r"NATS", re.I),
}


def is_beside(port_key: str, host_key: str) -> bool:
    """Whether two variables are the port and the host of one server: `DB_PORT` and `DB_HOST`."""
    return PORT.sub("", port_key).rstrip("_.-").lower() == stem(host_key)


def stem(key: str) -> str:
    """The name without the part that makes it a host's: `DB` of `DB_HOST`."""
    return HOST.sub("", key).rstrip("_.-").lower()
