"""What of the contracts of upstreams is not served."""

from collections.abc import Iterable, Iterator

from localenv.stack import Upstream
from localenv.stubs import sources


def notes(upstreams: Iterable[Upstream]) -> Iterator[str]:
    """A line for each upstream whose contract is not served in full."""
    for upstream in upstreams:
        if found := [one for source in upstream.sources for one in sources.warnings(source)]:
            more = f"; and {len(found) - 1} more, see localenv check" if len(found) > 1 else ""
            yield f"{upstream.name}: {found[0]}{more}".replace("\n    ", "; ")
