"""The path that a program answers when it is healthy, by its routes."""

import re

from localenv.importing.repository.finds import Finds

_PATH = (
    r"(?P<path>/(?:api/(?:v\d/)?)?"
    r"(?:_?healthz?|healthz?/(?:live|ready|liveness|readiness)|health-?check|live|livez|ready|readyz|alive|heartbeat|__(?:lb)?heartbeat__"
    r"|ping|status)/?)"
)
# routes of the application itself: a router or blueprint may have a prefix that is not seen here
_CERTAIN = re.compile(
    r"(?:\bapp(?:lication)?\.(?:get|route|api_route|all|use)\(|\bHandleFunc\(|\b(?:url|pathname|path)\s*===?\s*)"
    rf"\s*['\"`]{_PATH}['\"`]"
)
_LIKELY = re.compile(
    rf"(?:get|route|path|GET|Get|Map\w*|add_url_rule)\(\s*['\"`]/?{_PATH.replace('/(', '/?(', 1)}['\"`]"
)


def detect(finds: Finds) -> None:
    """Take the first such route of each service with a port; one that may have a prefix is a comment alone."""
    for service in finds.services.values():
        if service.port is None:
            continue
        own = [(file, text) for file, text in finds.sources if file.is_relative_to(service.folder)]
        for pattern in (_CERTAIN, _LIKELY):
            found = next(((file, match) for file, text in own if (match := pattern.search(text))), None)
            if found is None:
                continue
            where, path = found[0].relative_to(finds.home).as_posix(), f"/{found[1]['path'].lstrip('/')}"
            if pattern is _CERTAIN:
                service.healthcheck = path
                service.comments["healthcheck"] = f"a route in {where}"
            else:
                before = service.comments.get("port")
                more = f"perhaps healthcheck: {path}, a route in {where}"
                service.comments["port"] = f"{before}; {more}" if before else more
            break
