"""The path that a program answers when it is healthy, by its routes."""

import re

from localenv.importing.repository.finds import Finds

_ROUTE = re.compile(
    r"""(?:get|route|path|api_route|GET|HandleFunc|Get|use|url|pathname?|req\.url)\b[^\n]{0,40}?['"`](?P<path>/?(?:api/(?:v\d/)?)?"""
    r"""(?:healthz?|health/live|health/ready|health-check|healthcheck|_health|livez|readyz|ping|status))/?['"`]"""
)


def detect(finds: Finds) -> None:
    """Take the first such route of each service with a port."""
    for service in finds.services.values():
        if service.port is None:
            continue
        for file, text in finds.sources:
            if file.is_relative_to(service.folder) and (found := _ROUTE.search(text)):
                service.healthcheck = "/" + found["path"].lstrip("/")
                where = file.relative_to(finds.home).as_posix()
                service.comments["healthcheck"] = f"a route in {where}"
                break
