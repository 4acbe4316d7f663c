"""WireMock as a service: one server answers for every upstream."""

from collections.abc import Mapping
from itertools import count

from localenv.stack import Command, Port, Probe, ProbeKind, Reference, Role, Service, Template, Upstream, references

VERSION = "3.13.2"
USER = "localenv"  # of the admin API
JOURNAL = 10_000  # requests in its journal; their bytes are limited by `limiting`
RESPONSES = "--logged-response-body-size-limit"
NAME = "localenv.stubs"

# measured on two cores: ready in 0.85 s instead of 1.3 s, 63 MiB instead of 86; a full heap ends the server, which is
# detected
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Xms16m -Xmx1g -Xss512k -XX:+ExitOnOutOfMemoryError"
_LOWEST = 61_000  # Linux assigns ephemeral ports below
_OPTIONS = (
    "--disable-gzip",  # otherwise a truncated body arrives complete
    *("--async-response-enabled", "true"),  # otherwise stubs that hang block unrelated ones
    *("--async-response-threads", "20"),
    *("--max-request-journal-entries", str(JOURNAL)),  # otherwise it runs out of memory
    *(RESPONSES, str(32 << 10)),  # bytes of each response in the journal, for the same reason
    "--disable-http2-plain",  # an HTTP/2 request has no Host header, which identifies the upstream
    *("--jetty-accept-queue-size", "512"),  # as the relay; otherwise 50, and a burst of connections waits for seconds
    *("--container-threads", "500"),  # otherwise 25, and as many requests that a failure passes on wait for one another
    "--disable-banner",
)


def services(upstreams: Mapping[str, Upstream]) -> dict[str, Service]:
    """The server for all upstreams, if there are any."""
    return {NAME: service(upstreams)} if upstreams else {}


def service(upstreams: Mapping[str, Upstream]) -> Service:
    """The stub server for these upstreams, behind a relay with a separate port for each."""
    taken = {one.port for one in upstreams.values()}
    free = (port for port in count(_LOWEST) if port not in taken)
    own, entry = next(free), next(free)
    login = Template((f"{USER}:", Reference(name=NAME, attribute="password")))
    return Service(
        name=NAME,
        role=Role.STUBS,
        image=references.literal(f"wiremock/wiremock:{VERSION}"),
        command=(*command(own), references.literal("--admin-api-basic-auth"), login),
        environment={"JAVA_OPTS": references.literal(_JAVA)},
        port=Port(name=NAME, target=own, entry=entry),
        extra_ports=tuple(Port(name=one.name, target=one.port, entry=next(free)) for one in upstreams.values()),
        aliases=tuple(upstreams),
        probe=Probe(kind=ProbeKind.STUBS),
        own_healthcheck=("curl", "--fail", "--silent", f"http://127.0.0.1:{own}/__admin/health"),
    )


def command(port: int) -> Command:
    """Its command line, without the password of its admin API."""
    return tuple(references.literal(word) for word in ("--port", str(port), *_OPTIONS))
