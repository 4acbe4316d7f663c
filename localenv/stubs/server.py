"""WireMock as a service: one server answers for every upstream on a port."""

from collections.abc import Mapping, Sequence

from localenv.stack import Command, Port, Probe, ProbeKind, Reference, Role, Service, Template, Upstream, references

VERSION = "3.13.2"
USER = "localenv"  # of the admin API
JOURNAL = 10_000  # requests in its journal; their bytes are limited by `limiting`
RESPONSES = "--logged-response-body-size-limit"

# measured on two cores: ready in 0.85 s instead of 1.3 s, 63 MiB instead of 86; a full heap ends the server, which is
# detected
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Xms16m -Xmx1g -Xss512k -XX:+ExitOnOutOfMemoryError"
_OPTIONS = (
    "--disable-gzip",  # otherwise a truncated body arrives complete
    *("--async-response-enabled", "true"),  # otherwise stubs that hang block unrelated ones
    *("--async-response-threads", "20"),
    *("--max-request-journal-entries", str(JOURNAL)),  # otherwise it runs out of memory
    *(RESPONSES, str(32 << 10)),  # bytes of each response in the journal, for the same reason
    "--disable-http2-plain",  # an HTTP/2 request has no Host header, which identifies the upstream
    "--disable-banner",
)


def name(port: int) -> str:
    """The name of the stub server for upstreams on a port."""
    return "localenv.stubs" if port == 80 else f"localenv.stubs-{port}"


def services(upstreams: Mapping[str, Upstream]) -> dict[str, Service]:
    """One server for all upstreams on a port; a relay in front would repair broken responses."""
    names = dict.fromkeys(one.server for one in upstreams.values())
    return {name: service(name, [one for one in upstreams.values() if one.server == name]) for name in names}


def service(name: str, upstreams: Sequence[Upstream]) -> Service:
    """The stub server for these upstreams, which share a port."""
    port = upstreams[0].port
    login = Template((f"{USER}:", Reference(name=name, attribute="password")))
    return Service(
        name=name,
        role=Role.STUBS,
        image=references.literal(f"wiremock/wiremock:{VERSION}"),
        command=(*command(port), references.literal("--admin-api-basic-auth"), login),
        environment={"JAVA_OPTS": references.literal(_JAVA)},
        port=Port(name=name, target=port),
        extra_ports=tuple(Port(name=upstream.name, target=port) for upstream in upstreams),
        aliases=tuple(upstream.name for upstream in upstreams),
        probe=Probe(kind=ProbeKind.STUBS),
        own_healthcheck=("curl", "--fail", "--silent", f"http://127.0.0.1:{port}/__admin/health"),
    )


def command(port: int) -> Command:
    """Its command line, without the password of its admin API."""
    return tuple(references.literal(word) for word in ("--port", str(port), *_OPTIONS))
