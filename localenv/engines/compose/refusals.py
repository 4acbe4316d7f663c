"""Explain errors of Docker, its registries and the system: the cause, and a hint."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from localenv.host import listening

_PORT = re.compile(r":(\d{2,5})\b")
_COMMAND = re.compile(r'exec: "([^"]+)"')  # the one that could not be started


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a request was refused, and a hint; `is_engine` if the description cannot be the cause."""

    cause: str
    hint: str
    is_engine: bool = False
    is_subnet: bool = False  # another subnet may work


@dataclass(frozen=True, kw_only=True)
class _Rule:
    pattern: str  # compiled when first needed: most commands need none
    refusal: Refusal


def _rule(pattern: str, cause: str, hint: str, *, is_engine: bool = False, is_subnet: bool = False) -> _Rule:
    refusal = Refusal(cause=cause, hint=hint, is_engine=is_engine, is_subnet=is_subnet)
    return _Rule(pattern=pattern, refusal=refusal)


_ANOTHER_PORT = "stop it; or localenv up, which takes another port, unless publish: has fixed it"
START = "start Docker (`systemctl start docker`, or Docker Desktop), or check `docker context ls`"
_PLATFORM, _NO_PLATFORM = "DOCKER_DEFAULT_PLATFORM", "no image for the processor of this machine"
_NO_REGISTRY = "cannot reach the registry"
_IN_IMAGE = "in the image"
_NETWORKS = "remove networks that nothing uses: docker network prune"

# the first match wins
_RULES = (
    _rule(
        r"'compose' is not a docker command|unknown command: docker compose"
        r"|unknown (?:shorthand )?flag: (?:.|\n)*docker --help",
        "the program `docker` has no Compose v2",
        "install docker-compose-plugin (packages of Docker) or docker-compose-v2 (Ubuntu); or use --engine native",
        is_engine=True,
    ),
    _rule(
        r"env: \W?docker\W?: no such file|exec: docker: not found",
        "the program `docker` is not installed",
        "install the Docker client with Compose v2, or use --engine native",
        is_engine=True,
    ),
    _rule(
        r"no space left on device|disk quota exceeded",
        "the disk is full",
        "show usage: docker system df; free space: docker system prune",
        is_engine=True,
    ),
    _rule(
        r"read-only file system",
        "the disk of Docker is read-only",
        "read its log: journalctl -u docker; a disk with errors is often mounted read-only",
        is_engine=True,
    ),
    _rule(
        r"all predefined address pools have been fully subnetted|could not find an available, non-overlapping",
        "Docker has no addresses left for another network",
        _NETWORKS,
        is_subnet=True,
    ),
    _rule(
        r"pool overlaps with other one|overlaps with|networks have overlapping",
        "the addresses chosen for the network are taken",
        _NETWORKS,
        is_subnet=True,
    ),
    _rule(
        r"dial unix .*permission denied|permission denied while trying to connect",
        "no permission to use Docker",
        "join the group docker: sudo usermod -aG docker $USER, then log in again",
        is_engine=True,
    ),
    _rule(
        r"cannot connect to the docker daemon|is the docker daemon running"
        r"|dial unix .*(no such file|connection refused|no such device)",
        "Docker is not running",
        START,
        is_engine=True,
    ),
    _rule(
        r"invalid empty ssh agent socket|ssh agent .*(?:connection refused|no such file)"
        r"|agent config for ID: \"default\": .*(?:connection refused|no such file)",
        "`ssh:` of the build needs an SSH agent, and none runs",
        'start one: eval "$(ssh-agent)" && ssh-add',
    ),
    _rule(
        r"agent config for ID: .*no such file",
        "`ssh:` of the build names a key or socket that does not exist",
        "correct its path, or use ssh: [default], the keys of your SSH agent",
    ),
    _rule(
        r"toomanyrequests|rate limit",
        "too many requests to the registry",
        "wait, or log in: docker login",
    ),
    _rule(
        r"unauthorized|pull access denied|denied: requested access|authentication required|no basic auth credentials",
        "access denied, or no such image",
        "check the name, or log in: docker login",
    ),
    _rule(
        r"manifest unknown|manifest for .* not found|not found: manifest|failed to resolve reference .*: not found",
        "no such image in the registry",
        "check the name and the tag",
    ),
    _rule(
        r"no matching manifest for|does not match the specified platform|exec format error",
        _NO_PLATFORM,
        "use another image, or add compose: {platform: linux/amd64}",
    ),
    _rule(
        r"x509:|certificate signed by unknown authority|tls: failed to verify",
        "Docker does not trust the certificate of the registry",
        "if a proxy is the reason, add its certificate to Docker",
    ),
    _rule(
        r"proxyconnect|proxy.*(refused|timeout)",
        "the proxy of Docker does not answer",
        "check the proxy settings of Docker: docker info",
    ),
    _rule(
        r"no such host|temporary failure in name resolution|server misbehaving|network is unreachable"
        r"|no route to host|lookup .*: (i/o timeout|no such host)",
        _NO_REGISTRY,
        "check the network; local images need none",
    ),
    _rule(
        r"i/o timeout|tls handshake timeout|client\.timeout exceeded|context deadline exceeded"
        r"|timeout exceeded while awaiting|net/http: request canceled|unexpected eof",
        "the registry is too slow, or does not answer",
        "try it yourself: docker pull; local images need no network",
    ),
    _rule(
        r"dial tcp .*(connection refused|connection reset)",
        _NO_REGISTRY,
        "check the network; local images need none",
    ),
    _rule(
        r"executable file not found|exec: .*no such file or directory|: no such file or directory: unknown",
        f"its command is not {_IN_IMAGE}",
        "check `command:` and `entrypoint:`",
    ),
    _rule(
        r"exec: .*permission denied|: permission denied: unknown",
        f"its command is not executable {_IN_IMAGE}",
        "make it executable: chmod +x",
    ),
    _rule(
        r"mounts denied|is not shared from the host",
        "Docker may not mount this folder",
        "share it in the settings of Docker Desktop: Resources, File sharing",
    ),
    _rule(
        r"cannot allocate memory|out of memory",
        "no memory left on this machine",
        "stop other programs: localenv ls; docker stats",
        is_engine=True,
    ),
    _rule(
        r"too many open files|resource temporarily unavailable|failed to create .*thread",
        "Docker has reached a limit of this machine",
        "raise its limits (LimitNOFILE, TasksMax), or stop other environments: localenv ls",
        is_engine=True,
    ),
)


def explained(text: str, publisher: Callable[[int], str] = lambda _: "") -> Refusal | None:
    """The refusal that matches a message of Docker; None for an unknown message.

    `publisher` names the container that publishes a port.
    """
    if "port is already allocated" in text or "address already in use" in text or "ports are not available" in text:
        return _busy(text, publisher)
    found = next((rule.refusal for rule in _RULES if re.search(rule.pattern, text, re.IGNORECASE)), None)
    platform = os.environ.get(_PLATFORM)
    if found and found.cause.endswith(_IN_IMAGE) and (named := _COMMAND.search(text)):
        return replace(found, cause=f"{found.cause}: {named[1]}")
    if found and found.cause == _NO_PLATFORM and platform:
        return Refusal(cause=f"no image for {platform} ({_PLATFORM})", hint=f"unset {_PLATFORM}, or pull that one")
    if found and found.cause == _NO_REGISTRY and platform:
        local = f"{_PLATFORM} is {platform}, so local images of another platform do not count"
        return replace(found, hint=f"unset it, or check the network: {local}")
    return found


def _busy(text: str, publisher: Callable[[int], str]) -> Refusal:
    found = _PORT.search(text)
    if found is None:
        return Refusal(cause="a port of this machine is in use", hint=_ANOTHER_PORT)
    port = int(found[1])
    who = listening.holder(port, publisher)
    return Refusal(
        cause=f"port {port} of this machine is in use by {who or 'another program'}",
        hint=_ANOTHER_PORT,
    )
