"""What is left of earlier environments, and what the cache holds."""

from localenv import paths, state
from localenv.engines.examining import Checks, Result, ok, warning
from localenv.environment import finding, recovery
from localenv.host import disks
from localenv.stack import Stack

_PATIENCE = 0.5  # seconds to add up sizes
_LARGE = 20 << 30  # bytes of cache


def environments(stack: Stack | None) -> Result:
    """Every environment has an owner, a lease or a person who detached it."""
    due = {record.identity: recovery.why_due(record) for record in state.known()}
    left = {identity: why for identity, why in due.items() if why}
    known = {record.identity for record in state.known()}
    orphans = [record.identity for record in finding.listing() if record.identity not in known]
    if left:
        identity, why = next(iter(left.items()))
        return warning(f"{identity}: {why}", f"localenv down {identity}")
    if orphans:
        text = f"{', '.join(orphans)}: containers without a state folder here"
        return warning(text, f"localenv down {orphans[0]}, unless it belongs to another HOME or XDG_STATE_HOME")
    return ok(", ".join(known) if known else "none")


def cache(stack: Stack | None) -> Result:
    """The size of what makes the next start faster."""
    folder = next(one for one, variable in paths.movable().items() if variable == "XDG_CACHE_HOME")
    size, is_whole = disks.used(folder, within=_PATIENCE)
    text = f"{'' if is_whole else 'more than '}{disks.shown(size)} in {folder}"
    return ok(text) if size < _LARGE else warning(text, "localenv cache prune")


CHECKS: Checks = {"environments": environments, "cache": cache}
