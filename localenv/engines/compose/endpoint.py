"""Find Docker's endpoint, as its command line does, and explain connection failures."""

import json
import os
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from localenv.engines.compose import pulse, refusals
from localenv.errors import EngineError, EngineSilentError

_DEFAULT = "unix:///var/run/docker.sock"
_UNIX = "unix://"
_HOST = "DOCKER_HOST"
_REMOTE = re.compile(r"(?P<scheme>tcp|https?|ssh)://|[^/\s]+:\d+$")  # Docker treats the latter as TCP too
_UNSET = f"unset {_HOST}, or let it name a local one: {_DEFAULT}"
_ANOTHER_CONTEXT = "unset DOCKER_CONTEXT, or choose a local one of `docker context ls` with `docker context use`"
_SEE = "read its log: journalctl -u docker (or the diagnosis of Docker Desktop), or restart Docker"

_followed: list[str] = []  # the original `DOCKER_HOST`, and its replacement


def named() -> str:
    """`DOCKER_HOST`, else that of the current context, else the platform's default.

    See https://docs.docker.com/engine/manage-resources/contexts.
    """
    if host := os.environ.get(_HOST):
        return host
    context = _context()
    return str(context.get("Endpoints", {}).get("docker", {}).get("Host") or _DEFAULT)


def follow(where: str) -> None:
    """Use the Docker at `where` in this process and its children; without one, the default.

    Also uses the default if that socket no longer exists: the engine may have moved to another address.
    """
    if _followed and os.environ.get(_HOST) == _followed[-1]:
        os.environ.pop(_HOST)
        os.environ.update({_HOST: before} if (before := _followed[0]) else {})
    _followed.clear()
    if where and where != named() and Path(where.removeprefix(_UNIX)).exists():
        _followed.extend((os.environ.get(_HOST, ""), where))
        os.environ[_HOST] = where


def address() -> str:
    """Its Unix socket; raises EngineError for a context that does not exist, and for any other kind of endpoint."""
    where = named()
    if not os.environ.get(_HOST) and context_name() != "default" and not _context():
        raise EngineError(
            f'Docker: context "{context_name()}" not found',
            hint=_ANOTHER_CONTEXT,
        )
    if not where.startswith(_UNIX):
        raise _not_local(where)
    return where.removeprefix(_UNIX)


def knock(where: str, patience: float) -> None:
    """Check for a response within `patience` seconds; raises EngineError."""
    try:
        with pulse.connected(where, patience):
            pass
    except TimeoutError as error:  # it listens, but its queue is full
        raise silence() from error
    except OSError as error:
        raise refused(f"dial unix {where}: {error.strerror or error}".lower()) from error


def refused(words: str, *, is_answer: bool = False, is_own: bool = False) -> EngineError:
    """The error for a message of Docker or of the connection; `is_own` if Docker itself failed."""
    known = refusals.explained(words)
    if known:
        hint = f"{known.hint}; or {_UNSET}" if known.hint == refusals.START and os.environ.get(_HOST) else known.hint
        return EngineError(f"Docker at {named()}: {known.cause} ({words})", hint=hint)
    if is_own:
        return EngineError(f"Docker at {named()} failed: {words}", hint=_SEE)
    return EngineError(f"Docker at {named()}: {words}", hint="" if is_answer else refusals.START)


def gone(error: BaseException) -> EngineError:
    """The error when Docker exits during a call."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    known = refusals.explained(f"dial unix {named()}: {reason}".lower())
    cause = known.cause if known else "it stopped or restarted during a call"
    return EngineError(f"Docker at {named()}: {cause} ({reason})", hint=known.hint if known else refusals.START)


def silence() -> EngineSilentError:
    """The error when Docker accepts connections but does not answer."""
    hint = f"it is stalled or overloaded; {_SEE}"
    return EngineSilentError(f"Docker at {named()} does not answer", hint=hint)


def _not_local(where: str) -> EngineError:
    says, instead = f'the context "{context_name()}"', _ANOTHER_CONTEXT
    if os.environ.get(_HOST):
        says, instead = _HOST, _UNSET
    hint = f"{instead}; or --engine native"
    found = _REMOTE.match(where)
    if found is None:
        return EngineError(f"{says} is invalid: {where} is not an address such as {_DEFAULT}", hint=hint)
    way = "SSH" if found["scheme"] == "ssh" else "TCP"
    why = "published ports may not be on 127.0.0.1 of this machine; only a Unix socket is supported"
    return EngineError(f"the Docker engine at {where} is reached over {way}: {why}", hint=hint)


def context_name() -> str:
    """The name of the current context."""
    chosen = configured().get("currentContext")
    return str(os.environ.get("DOCKER_CONTEXT") or chosen or "default")


def _context() -> dict[str, Any]:
    """The current context; empty for the default one."""
    return _read(settings() / "contexts" / "meta" / sha256(context_name().encode()).hexdigest() / "meta.json")


def configured() -> dict[str, Any]:
    """What the user's configuration of Docker holds; empty if there is none that can be read."""
    return _read(settings() / "config.json")


def settings() -> Path:
    """The folder of the settings of the program `docker`."""
    return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
