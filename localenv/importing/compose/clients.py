"""Recognise a service that runs a client of a known image, and no server: a job on the image of its database."""

import re
from collections.abc import Mapping
from typing import Any

from localenv.importing.compose.texts import listed, text

_SERVER = re.compile(
    r"(?:^|[;&|(]\s*|\b(?:exec|then|do)\s+|\s-c\s+['\"]?|--\s+)(?:/\S*/)?"
    r"(?:postgres|postmaster|mysqld|mysqld_safe|mariadbd|redis-server|valkey-server|rabbitmq-server|nats-server"
    r"|docker-entrypoint\.sh)\b"
)
_CLIENT = re.compile(
    r"(?<![\w./=-])(?:/\S*/)?(?:psql|pg_dump(?:all)?|pg_restore|pg_isready|createdb|mysql|mysqldump|mysqladmin|mariadb"
    r"|mariadb-dump|mariadb-admin|redis-cli|valkey-cli|rabbitmqctl|rabbitmqadmin)(?=\s|$)"
)
_FOREVER = re.compile(r"while (?:true|:)|sleep infinity|tail -f|\bcron")


def runs_client(service: Mapping[str, Any]) -> bool:
    """Whether its command is that of a client."""
    words = " ".join(text(one) for key in ("entrypoint", "command") for one in listed(service.get(key))).strip()
    return not words.startswith("-") and _SERVER.search(words) is None and _CLIENT.search(words) is not None


def completes(service: Mapping[str, Any]) -> bool:
    """Whether such a command ends by itself."""
    words = " ".join(text(one) for key in ("entrypoint", "command") for one in listed(service.get(key)))
    return runs_client(service) and _FOREVER.search(words) is None
