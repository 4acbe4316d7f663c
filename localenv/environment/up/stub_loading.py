"""Load the stubs of upstreams into a stub server that runs."""

from collections.abc import Sequence

from localenv import paths
from localenv.environment import responding, stubbing
from localenv.environment.up.preparing import Prepared


def load(prepared: Prepared, names: Sequence[str], *, is_started: bool) -> None:
    """Load all stubs of upstreams that share a server in one import, and restore their overrides.

    `is_started` if this `up` has started the server.
    """
    server = prepared.stack.upstreams[names[0]].server
    responding.start(prepared.engine, prepared.deployment)
    stubbing.load(prepared.deployment, *names, is_new=prepared.plan.is_fresh(server))
    if paths.overrides(prepared.deployment.identity).exists():
        _restore(prepared, server, names, is_started=is_started)


def _restore(prepared: Prepared, server: str, names: Sequence[str], *, is_started: bool) -> None:
    """Restore overrides on a server that was started, and apply faults to stubs that have changed."""
    from localenv.environment.overrides import entries, faults

    deployment = prepared.deployment
    if is_started:
        entries.restore(deployment, server)
    with stubbing.admin(deployment, server) as opened:
        for name in names:
            faults.refresh(deployment, opened, prepared.stack.upstreams[name])
