"""How the stubs of an upstream differ from its real server, as `localenv real --observe` has found."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localenv import paths
from localenv.host import files


@dataclass(frozen=True, kw_only=True)
class StaleStub:
    """A request whose stub does not answer as the real server does; `stub` is empty if none answers."""

    upstream: str
    request: str  # method and path
    stub: str
    differences: tuple[str, ...]

    def __str__(self) -> str:
        named = f" (stub “{self.stub}”)" if self.stub else ""
        return f"{self.request}{named}: {'; '.join(self.differences)}"

    def document(self) -> dict[str, Any]:
        """As `real --json` prints it."""
        return {"request": self.request, "stub": self.stub or None, "differences": list(self.differences)}


def stale(identity: str, upstream: str) -> Iterator[StaleStub]:
    """The requests whose last comparison found differences, the newest last."""
    for one in files.read_json(paths.observed(identity, upstream)).get("observed", ()):
        yield StaleStub(
            upstream=upstream, request=one["request"], stub=one["stub"], differences=tuple(one["differences"])
        )
