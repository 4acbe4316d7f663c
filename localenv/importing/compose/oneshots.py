"""Services that run once: those that others wait for to complete, and migrations that nobody waits for."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localenv.importing import images
from localenv.importing.compose import clients
from localenv.importing.compose.texts import text

COMPLETED = "service_completed_successfully"
_NAMES = re.compile(  # of services
    r"(^|[-_])(migrat\w*|init|initdb|setup|seed\w*|createbuckets?|create-?buckets?|bootstrap|provision|prepare|populate|fixtures?)($|[-_])"
)
_COMMANDS = re.compile(
    r"alembic upgrade|manage\.py migrate|\bmigrate (up|-path|deploy)|prisma (migrate deploy|db push)|rails db:|rake db:"
    r"|\bmc (alias|mb|config)|flyway|liquibase|knex migrate|sequelize.* db:migrate|artisan migrate|kafka-topics"
    r"|goose .*up|-path[= ].*\bup\b|airflow db|airflow version"
)
_STAYS = re.compile(
    r"&& *(exec )?(uvicorn|gunicorn|python|node|npm|yarn|flask|rails|bundle|java|php|daphne|celery|\./)"
)
_IMAGES = re.compile(r"(^|/)(flyway|liquibase|migrate/migrate|minio/mc|mc|dbmate)([:/]|$)")


def found(services: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The names of services that complete."""
    waited = {
        name
        for service in services.values()
        for name, how in (service.get("depends_on") or {}).items()
        if isinstance(how, Mapping) and how.get("condition") == COMPLETED
    }
    for name, service in services.items():
        if name in waited or _completes(name, service):
            yield name


def _completes(name: str, service: Mapping[str, Any]) -> bool:
    restart = text(service.get("restart"))
    if service.get("ports") or restart in ("always", "unless-stopped"):
        return False
    written = " ".join(text(one) for key in ("entrypoint", "command") for one in _words(service.get(key)))
    image = text(service.get("image"))
    is_client = images.parsed(image).need is not None and clients.completes(service)
    is_image = bool(_IMAGES.search(image)) or is_client
    does = bool(_COMMANDS.search(written)) and not _STAYS.search(written)
    return (
        does or is_image or (restart in ("no", "false", "on-failure") and bool(_NAMES.search(name)) and bool(written))
    )


def _words(written: Any) -> list[Any]:
    return list(written) if isinstance(written, list | tuple) else [] if written is None else [written]
