"""What Docker, its registries and the machine below refuse, in our words: the cause, and what to do about it."""

import re
from dataclasses import dataclass

from localenv.host import listening

_PORT = re.compile(r":(\d{2,5})\b")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why something was refused, and what to try; `is_engine` where nothing that is described can be the reason."""

    cause: str
    hint: str
    is_engine: bool = False
    is_subnet: bool = False  # another subnet may do


@dataclass(frozen=True, kw_only=True)
class _Rule:
    pattern: re.Pattern[str]
    refusal: Refusal


def _rule(pattern: str, cause: str, hint: str, *, is_engine: bool = False, is_subnet: bool = False) -> _Rule:
    refusal = Refusal(cause=cause, hint=hint, is_engine=is_engine, is_subnet=is_subnet)
    return _Rule(pattern=re.compile(pattern, re.IGNORECASE), refusal=refusal)


START = "start Docker (`systemctl start docker`, or Docker Desktop), or check `docker context ls`"
_NETWORKS = "remove networks that nothing uses: docker network prune"

# the first that matches counts
_RULES = (
    _rule(
        r"'compose' is not a docker command|unknown command: docker compose"
        r"|unknown (?:shorthand )?flag: (?:.|\n)*docker --help",
        "the program `docker` here has no Compose v2",
        "install it: docker-compose-plugin of Docker's own packages, docker-compose-v2 of Ubuntu's; or --engine native",
        is_engine=True,
    ),
    _rule(
        r"env: \W?docker\W?: no such file",
        "the program `docker` is not installed here",
        "install Docker's client with Compose v2; or --engine native",
        is_engine=True,
    ),
    _rule(
        r"no space left on device|disk quota exceeded",
        "the disk is full",
        "see what takes the room: docker system df; make some: docker system prune",
        is_engine=True,
    ),
    _rule(
        r"read-only file system",
        "Docker's disk can only be read",
        "see `journalctl -u docker`; a disk with errors is often mounted so",
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
        "this user may not talk to Docker",
        "join the group of its socket: sudo usermod -aG docker $USER, then log in again",
        is_engine=True,
    ),
    _rule(
        r"cannot connect to the docker daemon|is the docker daemon running"
        r"|dial unix .*(no such file|connection refused|no such device)",
        "Docker does not run",
        START,
        is_engine=True,
    ),
    _rule(
        r"toomanyrequests|rate limit",
        "the registry has had too many requests from here",
        "wait, or log in: docker login",
    ),
    _rule(
        r"unauthorized|pull access denied|denied: requested access|authentication required|no basic auth credentials",
        "the registry does not give it to this user, or does not have it",
        "check the name, or log in: docker login",
    ),
    _rule(
        r"manifest unknown|manifest for .* not found|not found: manifest|failed to resolve reference .*: not found",
        "the registry does not have it",
        "check the name and the tag",
    ),
    _rule(
        r"no matching manifest for|does not match the specified platform|exec format error",
        "there is none for this machine's processor",
        "take another image, or say compose: {platform: linux/amd64}",
    ),
    _rule(
        r"x509:|certificate signed by unknown authority|tls: failed to verify",
        "the registry shows a certificate that Docker does not trust",
        "a proxy in between may be the reason: give Docker its certificate",
    ),
    _rule(
        r"proxyconnect|proxy.*(refused|timeout)",
        "the proxy that Docker goes through does not answer",
        "check the proxy in Docker's own settings: docker info",
    ),
    _rule(
        r"no such host|temporary failure in name resolution|server misbehaving|network is unreachable"
        r"|no route to host|lookup .*: (i/o timeout|no such host)",
        "the registry cannot be reached from here",
        "check the network; an image that is here already needs none",
    ),
    _rule(
        r"i/o timeout|tls handshake timeout|client\.timeout exceeded|context deadline exceeded"
        r"|timeout exceeded while awaiting|net/http: request canceled|unexpected eof",
        "the registry is too slow, or does not answer",
        "try it by itself: docker pull; an image that is here already needs no network",
    ),
    _rule(
        r"dial tcp .*(connection refused|connection reset)",
        "the registry cannot be reached from here",
        "check the network; an image that is here already needs none",
    ),
    _rule(
        r"executable file not found|exec: .*no such file or directory|: no such file or directory: unknown",
        "its command is not in the image",
        "check `command:` and `entrypoint:`",
    ),
    _rule(
        r"exec: .*permission denied|: permission denied: unknown",
        "its command may not be executed in the image",
        "make it executable: chmod +x",
    ),
    _rule(
        r"mounts denied|is not shared from the host",
        "Docker may not mount that folder of this machine",
        "share it in Docker Desktop's settings, under Resources, File sharing",
    ),
    _rule(
        r"cannot allocate memory|out of memory",
        "this machine has no memory left",
        "end what is not needed: localenv ls; docker stats",
        is_engine=True,
    ),
    _rule(
        r"too many open files|resource temporarily unavailable|failed to create .*thread",
        "Docker has reached a limit of this machine",
        "raise its limits (LimitNOFILE, TasksMax), or end what is not needed: localenv ls",
        is_engine=True,
    ),
)


def explained(text: str) -> Refusal | None:
    """The refusal that a text of Docker's means; None for one that has to speak for itself."""
    if "port is already allocated" in text or "address already in use" in text or "ports are not available" in text:
        return _busy(text)
    return next((rule.refusal for rule in _RULES if rule.pattern.search(text)), None)


def _busy(text: str) -> Refusal:
    found = _PORT.search(text)
    if found is None:
        return Refusal(
            cause="a port of this machine is taken", hint="end the program that has it, or change `publish:`"
        )
    port = int(found[1])
    who = listening.holder(port)
    return Refusal(
        cause=f"port {port} of this machine is taken by {who or 'another program'}",
        hint="end it, or change `publish:`",
    )
