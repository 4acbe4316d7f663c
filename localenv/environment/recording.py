"""Record the traffic of an upstream with a real service, and write it as stubs of the repository."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from localenv import paths
from localenv.engines.bridging import LocalRoute
from localenv.environment import stub_folders, stubbing
from localenv.environment.overrides import entries
from localenv.errors import LocalenvError, UsageError
from localenv.host import background, files
from localenv.stack import Stack
from localenv.stubs import layers, passing
from localenv.stubs.recording import exchange, mappings, writing
from localenv.stubs.recording.exchange import RecordedExchange, of_forwarded
from localenv.stubs.recording.kept import MOST, KeptExchanges
from localenv.stubs.recording.scrubbing import Scrubber
from localenv.stubs.recording.writing import Written
from localenv.stubs.responder import forward
from localenv.stubs.vocabulary import FIRST_STATE

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

# an answer in full that Python can read, and none that a client knows already
_NOT_SENT = ["accept-encoding", "if-none-match", "if-modified-since"]


def _nowhere(scenarios: Collection[str]) -> dict[str, LocalenvError]:
    return {}


@dataclass(kw_only=True)
class Recording:
    """The recorded traffic of an upstream; complete when its block has exited."""

    root: Path  # the WireMock root for the stubs
    stack: Stack = field(repr=False)
    origin: str
    exchanges: list[RecordedExchange] = field(default_factory=list)
    lost: int = 0  # the oldest requests, which were too many or too large
    encoded: list[RecordedExchange] = field(default_factory=list)  # left out: their bodies cannot be read
    unanswered: int = 0  # requests that the real service did not answer
    incomplete: list[RecordedExchange] = field(default_factory=list)  # left out: their answers were not saved
    load: Callable[[Collection[str]], dict[str, LocalenvError]] = _nowhere  # into the environment that runs, if any
    refused: LocalenvError | None = None  # why the environment keeps its old stubs

    def write(self) -> Written:
        """Write the traffic as stubs, which answer at once in the environment it comes from.

        Raises LocalenvError, with nothing written, if a secret would be.
        """
        stub_folders.check(self.stack, self.root / "mappings")
        scrubber = Scrubber(key=_key())
        day = time.strftime("%Y-%m-%d")
        stubs = mappings.stubs(self.exchanges, scrubber, self.origin, day)
        done = writing.write(self.root, stubs, scrubber)
        scenarios = {one["scenarioName"] for stub in stubs for one in stub.mappings if "scenarioName" in one}
        self.refused = next(iter(self.load(scenarios).values()), None)
        return done


def loading(environment: "Environment", upstream: str) -> Callable[[Collection[str]], dict[str, LocalenvError]]:
    """Loads the saved stubs of an upstream into an environment, in which some of its scenarios begin anew."""
    loaded = environment.saved_stubs()

    def load(scenarios: Collection[str]) -> dict[str, LocalenvError]:
        refused = loaded.reload(upstream)
        if scenarios and not refused:
            with stubbing.admin(environment.deployment, environment.stack.upstreams[upstream].server) as admin:
                begun = {layers.scenario(upstream, one): FIRST_STATE for one in scenarios}
                admin.set_states(begun, admin.states())
        return refused

    return load


@contextmanager
def recording(environment: "Environment", upstream: str, origin: str) -> Iterator[Recording]:
    """As `Environment.recording`."""
    (one,) = stubbing.chosen(environment.stack, [upstream])
    folder, load = stub_folders.own(environment.stack, upstream).parent, loading(environment, upstream)
    found = Recording(root=folder, stack=environment.stack, origin=_origin(origin), load=load)
    with _served(environment, upstream, found.origin) as (proxies, server):
        owner = entries.OverrideOwner.here(entries.COMMAND)
        begun = entries.new(entries.OverrideKind.STUB, upstream, owner, what=f"recording {found.origin}")
        with stubbing.admin(environment.deployment, one.server) as admin:
            override = entries.add(environment.deployment, admin, one, proxies, begun)
            try:
                yield found
            finally:
                entries.remove(environment.identity, admin, [override])
    found.lost, found.unanswered = server.seen.lost, len(server.missed)
    found.exchanges += [each for each in server.seen.all() if not each.encoding]
    found.encoded += [each for each in server.seen.all() if each.encoding]


class _RecordingServer(forward.ForwardingServer):
    """Passes requests to the real service, and keeps them with their answers in full: the journal has a part only."""

    def __init__(self, origin: str) -> None:
        super().__init__(0, origin, hidden=_NOT_SENT)
        self.seen = KeptExchanges()
        self.missed: list[None] = []  # one for each; several threads append

    def take(self, exchange: forward.ForwardedExchange) -> None:
        """Keep an exchange."""
        self.seen.add(of_forwarded(exchange))

    def miss(self) -> None:
        """Count a request without an answer."""
        self.missed.append(None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: the stub server resets its connections."""


@contextmanager
def _served(
    environment: "Environment", upstream: str, origin: str
) -> Iterator[tuple[list[dict[str, Any]], _RecordingServer]]:
    """Mappings that proxy to the real service, while the block runs, and what passes requests to it."""
    bridges, key = environment.engine.bridges, f"record-{upstream.replace('.', '-')}"
    with _RecordingServer(origin) as server:
        background.in_background(server.serve_forever)
        try:
            port = server.server_port
            route = LocalRoute(name=f"localenv.record.{upstream}.{port}", port=80, to=port)
            bridges.start(environment.deployment, key, [route])
            host, at = bridges.address(route)
            yield passing.passing(f"recording {origin}", 1, f"http://{host}:{at}"), server
        finally:
            bridges.stop(environment.identity, key)
            server.shutdown()


def of_har(stack: Stack, upstream: str, file: Path, host: str) -> Recording:
    """The traffic in a browser's recording: with `host`, with a host of the upstream, or the only one there is.

    Raises UsageError and DescriptionError.
    """
    (one,) = stubbing.chosen(stack, [upstream])
    found = exchange.of_har(file)
    wanted = [host] if host else list(one.hosts)
    origins = [origin for origin in found if not wanted or _host(origin) in wanted or origin in wanted]
    if len({*map(_host, origins)}) != 1:
        counts = ", ".join(f"{_host(origin)} ({len(each)})" for origin, each in found.items())
        raise UsageError(
            f"{file.name} has no request to {' or '.join(wanted)}" if wanted else f"{file.name} has several hosts",
            hint=f"--host HOST, one of: {counts or 'none'}",
        )
    exchanges = [each for origin in origins for each in found[origin]]
    if len(exchanges) > MOST:
        raise UsageError(
            f"{file.name} has {len(exchanges):,} requests to {_host(origins[0])}; {MOST:,} can be recorded",
            hint="export a shorter session",
        )
    return Recording(
        root=stub_folders.own(stack, upstream).parent,
        stack=stack,
        origin=origins[0],
        exchanges=[each for each in exchanges if not each.lacks_answer],
        incomplete=[each for each in exchanges if each.lacks_answer],
    )


def _origin(url: str) -> str:
    split = urlsplit(url)
    if split.scheme not in ("http", "https") or not split.hostname:
        raise UsageError(f"'{url}' is not the URL of a service", hint="--from https://api.example, or --from har FILE")
    if split.query or split.fragment or split.username is not None:
        host = split.netloc.rpartition("@")[2]
        raise UsageError("--from takes no login and no query", hint=f"--from {split.scheme}://{host}{split.path}")
    return f"{split.scheme}://{split.netloc}{split.path.rstrip('/')}"


def _host(origin: str) -> str:
    return origin.partition("://")[2]


def _key() -> bytes:
    """The key for placeholders, made once."""
    file = paths.placeholder_key()
    if not file.is_file():
        files.write_bytes(file, token_bytes(32))
    return file.read_bytes()
