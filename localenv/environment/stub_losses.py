"""What stub servers have lost: requests removed from a full journal, and everything before a restart."""

from collections.abc import Iterator
from datetime import datetime

from localenv import paths
from localenv.host import files


def losses(identity: str, server: str) -> str:
    """What a stub server has lost, for a person; empty if nothing."""
    return "; ".join(_losses(identity, server))


def _losses(identity: str, server: str) -> Iterator[str]:
    found = files.read_json(paths.stub_losses(identity, server))
    if restarts := found.get("restarts"):
        at = datetime.fromtimestamp(found["restarted"]).astimezone().strftime("%H:%M:%S")
        again = f", {restarts} times by now," if restarts > 1 else ""
        yield f"out of memory, restarted at {at}{again} with its stubs: earlier requests and scenario states are lost"
    if removed := found.get("removed"):
        yield f"its journal was full and was emptied: {removed} requests are no longer in it"
