"""Turn Compose's health checks into localenv's: a path where the command asks one, else the command."""

import re
from collections.abc import Mapping
from typing import Any

from localenv.importing.compose import commands
from localenv.importing.compose.files import Project
from localenv.importing.compose.texts import text
from localenv.importing.targets import Reachable

_URL = re.compile(r"['\"]?\b(?:https?://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?(/[^\s'\"|;&)]*)?")
_CLIENTS = re.compile(r"\b(curl|wget|http|httpie|fetch|urlopen|requests\.get|http\.get|healthcheck)\b")
_PROBES = re.compile(r"health|ready|live|alive|ping|status|heartbeat|up$", re.IGNORECASE)
_TCP = re.compile(r"\b(nc|ncat|netcat)\b.*-\w*z|/dev/tcp/")
_ANY = [200, 201, 202, 204, 301, 302, 303, 307, 308]  # what `curl -f` takes for success


def is_given(given: Mapping[str, Any]) -> bool:
    """Whether there is one."""
    return not given.get("disable") and given.get("test") not in (None, [], "NONE", ["NONE"], [""])


def asks_only_port(given: Mapping[str, Any], project: Project) -> bool:
    """Whether it asks no more than that a port is open."""
    resolved = project.atoms.plain(" ".join(_words(given, project))) if is_given(given) else ""
    return _TCP.search(resolved) is not None and not (_URL.search(resolved) and _CLIENTS.search(resolved))


def translated(given: Mapping[str, Any], target: Reachable, project: Project) -> Any:
    """The health check of a service; None for the default one."""
    if not is_given(given):
        return None
    words = _words(given, project)
    resolved = project.atoms.plain(" ".join(words))
    found = _URL.search(resolved)
    if found and _CLIENTS.search(resolved) and target.port is None:
        return None  # of an anchor that it shares with a server
    if found and _CLIENTS.search(resolved) and target.port is not None and "https:" not in found[0]:
        port, path = int(found[1] or 80), found[2] or "/"
        if port == target.port and "$" not in path:
            return path if _PROBES.search(path) else {"http": path, "status": _ANY}
    if _TCP.search(resolved) and target.port is not None:
        return {"tcp": True}
    return {"command": [project.atoms.written(word) for word in words]}


def asked_port(given: Mapping[str, Any], project: Project) -> int | None:
    """The port of the service itself that its check asks in HTTP."""
    resolved = project.atoms.plain(" ".join(_words(given, project))) if is_given(given) else ""
    found = _URL.search(resolved)
    if found is None or not _CLIENTS.search(resolved) or "https:" in found[0]:
        return None
    return int(found[1] or 80)


def _words(given: Mapping[str, Any], project: Project) -> tuple[str, ...]:
    """Its command."""
    test = given.get("test")
    if isinstance(test, list) and test[:1] == ["CMD"]:
        return tuple(commands.words(test[1:], project.atoms))
    line = test[1] if isinstance(test, list) and len(test) > 1 else text(test)
    return ("sh", "-c", project.atoms.read(text(line)))
