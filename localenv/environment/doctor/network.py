"""The network of this machine: localhost, ports that are taken, proxies, certificates."""

import os
import socket
from pathlib import Path

from localenv import state
from localenv.engines import choosing
from localenv.engines.examining import Checks, Result, ok, problem, warning
from localenv.environment import ports
from localenv.host import listening
from localenv.stack import Stack

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_BUNDLES = (
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PIP_CERT",
)  # fmt: skip


def localhost(stack: Stack | None) -> Result:
    """Programs can listen on 127.0.0.1, which is what localhost leads to."""
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
    except OSError as error:
        return problem(f"nothing can listen on 127.0.0.1: {error.strerror}", "ip link set lo up")
    try:
        found = list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo("localhost", None)))
    except OSError:
        return warning("localhost has no address", "add a line to /etc/hosts: 127.0.0.1 localhost")
    if "127.0.0.1" not in found:
        return warning(f"localhost is {', '.join(found)}", "add a line to /etc/hosts: 127.0.0.1 localhost")
    return ok(", ".join(found))


def ipv6(stack: Stack | None) -> Result:
    """Whether programs can listen on ::1, which a client may try first for localhost."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return ok("none; programs have to listen on 127.0.0.1")
    return ok("::1")


def taken(stack: Stack | None) -> Result | None:
    """The ports that the description fixes on this machine are free, or its own."""
    pinned = [port.pinned for port in stack.ports.values() if port.pinned] if stack else []
    if not pinned:
        return None
    own = {port for record in state.known() for port in record.ports.values()}
    for port in pinned:
        if port not in own and not ports.is_free(port):
            who = listening.holder(port, choosing.publisher) or "another program"
            return problem(f"port {port} is in use by {who}", f"stop it, or change `publish: {port}`")
    return ok(", ".join(map(str, pinned)))


def proxies(stack: Stack | None) -> Result:
    """A proxy is not asked for addresses of this machine."""
    found = {name: os.environ.get(name) or os.environ.get(name.lower()) for name in _PROXIES}
    used = [name for name, value in found.items() if value]
    if not used:
        return ok("none")
    without = (os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "").split(",")
    lacking = [one for one in ("127.0.0.1", "localhost") if one not in {word.strip() for word in without} | {"*"}]
    if lacking and "*" not in without:
        text = f"{', '.join(used)} also for {' and '.join(lacking)}"
        return warning(text, f"export NO_PROXY=localhost,127.0.0.1{''.join(f',{one}' for one in without if one)}")
    return ok(", ".join(used))


def certificates(stack: Stack | None) -> Result:
    """The files of certificates that variables name are there."""
    for name in _BUNDLES:
        value = os.environ.get(name)
        if value and not Path(value).exists():
            return warning(f"{name} names {value}, which does not exist", f"unset {name}")
    named = [name for name in _BUNDLES if os.environ.get(name)]
    return ok(", ".join(named) if named else "the system's")


CHECKS: Checks = {
    "localhost": localhost,
    "ipv6": ipv6,
    "ports": taken,
    "proxies": proxies,
    "certificates": certificates,
}
