"""Record the traffic of an upstream with a real service, and write it as stubs of the repository."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localenv import paths
from localenv.environment import stub_folders, stubbing
from localenv.environment.overrides import entries
from localenv.errors import LocalenvError, UsageError
from localenv.host import files
from localenv.stack import Stack
from localenv.stubs import server
from localenv.stubs.recording import exchange, mappings, writing
from localenv.stubs.recording.exchange import RecordedExchange
from localenv.stubs.recording.scrubbing import Scrubber
from localenv.stubs.recording.writing import Written

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_MOST = 10_000  # requests of a HAR file; each may become a stub
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - compared only
# an answer in full that Python can read, and none that a client knows already
_NOT_SENT = ["accept-encoding", "if-none-match", "if-modified-since"]


@dataclass(kw_only=True)
class Recording:
    """The recorded traffic of an upstream; complete when its block has exited."""

    root: Path  # the WireMock root for the stubs
    stack: Stack = field(repr=False)
    origin: str
    exchanges: list[RecordedExchange] = field(default_factory=list)
    lost: int = 0  # requests that were too many for the journal
    load: Callable[[], dict[str, LocalenvError]] = dict  # into the environment that runs, if any
    refused: LocalenvError | None = None  # why the environment keeps its old stubs

    def write(self) -> Written:
        """Write the traffic as stubs, which answer at once in the environment it comes from.

        Raises LocalenvError, with nothing written, if a secret would be.
        """
        stub_folders.check(self.stack, self.root / "mappings")
        scrubber = Scrubber(key=_key())
        day = time.strftime("%Y-%m-%d")
        done = writing.write(self.root, mappings.stubs(self.exchanges, scrubber, self.origin, day), scrubber)
        self.refused = next(iter(self.load().values()), None)
        return done


@contextmanager
def recording(environment: "Environment", upstream: str, origin: str) -> Iterator[Recording]:
    """As `Environment.recording`."""
    (one,) = stubbing.chosen(environment.stack, [upstream])
    loaded = environment.saved_stubs()
    folder, load = stub_folders.own(environment.stack, upstream).parent, partial(loaded.reload, upstream)
    found = Recording(root=folder, stack=environment.stack, origin=_origin(origin), load=load)
    _check_reach(environment, found.origin)
    response = {"proxyBaseUrl": found.origin, "removeProxyRequestHeaders": _NOT_SENT}
    proxy = {"name": f"recording {found.origin}", "priority": 1, "request": {"method": "ANY"}, "response": response}
    owner = entries.OverrideOwner.here(entries.COMMAND)
    begun = entries.new(entries.OverrideKind.STUB, upstream, owner, what=f"recording {found.origin}")
    with stubbing.admin(environment.deployment, one.server) as admin:
        override = entries.add(environment.deployment, admin, one, [proxy], begun)
        try:
            yield found
        finally:
            events = admin.events_of(override.stubs[0]["id"])
            entries.remove(environment.identity, admin, [override])
            found.exchanges += [exchange.of_event(event) for event in reversed(events)]
            found.lost = max(0, len(events) + 1 - server.JOURNAL)


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
    if len(exchanges) > _MOST:
        raise UsageError(
            f"{file.name} has {len(exchanges):,} requests to {_host(origins[0])}; {_MOST:,} can be recorded",
            hint="export a shorter session",
        )
    return Recording(root=stub_folders.own(stack, upstream).parent, stack=stack, origin=origins[0], exchanges=exchanges)


def _origin(url: str) -> str:
    split = urlsplit(url)
    if split.scheme not in ("http", "https") or not split.hostname:
        raise UsageError(f"'{url}' is not the URL of a service", hint="--from https://api.example, or --from har FILE")
    if split.query or split.fragment or split.username is not None:
        host = split.netloc.rpartition("@")[2]
        raise UsageError("--from takes no login and no query", hint=f"--from {split.scheme}://{host}{split.path}")
    return f"{split.scheme}://{split.netloc}{split.path.rstrip('/')}"


def _check_reach(environment: "Environment", origin: str) -> None:
    """Raise UsageError for a service of this machine that the stub server, in a container, cannot reach."""
    is_here = (urlsplit(origin).hostname or "") in _THIS_MACHINE
    if is_here and environment.deployment.resolution.place.shares_ports:
        raise UsageError(
            f"{origin} is this machine's own address, which the container of the stub server cannot reach",
            hint="record on the native engine: localenv up --engine native",
        )


def _host(origin: str) -> str:
    return origin.partition("://")[2]


def _key() -> bytes:
    """The key for placeholders, made once."""
    file = paths.placeholder_key()
    if not file.is_file():
        files.write_bytes(file, token_bytes(32))
    return file.read_bytes()
