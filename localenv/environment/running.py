"""Whether a service or need runs, so that a command can run in it, and what to do where it does not."""

from typing import TYPE_CHECKING

from localenv import state
from localenv.environment import deaths
from localenv.errors import LocalenvError
from localenv.stack.states import ServiceState

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_AGAIN = {
    ServiceState.PAUSED: "continue it: localenv unpause {name}",
    ServiceState.RESTARTING: "its log: localenv logs {name}",
    ServiceState.EXITED: "its log: localenv logs {name}; start it again: localenv start {name}",
}


def check(environment: "Environment", name: str) -> None:
    """Raise LocalenvError for a service or need that does not run, with how it ended and what starts it again."""
    seen = environment.engine.observe(environment.identity).services.get(name)
    if seen and seen.state is ServiceState.RUNNING:
        return
    record = state.load(environment.identity) or environment.record
    if here := record.here.get(name):
        what = f" ({here.command})" if here.command else ""
        raise LocalenvError(
            f"{name} runs on this machine{what}, not in the environment",
            hint=f"run the command here, with its variables: localenv run --as {name} -- CMD",
        )
    stop = deaths.stop_of(record, name, seen)
    if seen is None or (stop and stop.state is ServiceState.EXITED):
        by = f": stopped by {stop.by}" if stop else ""
        start = f"localenv start {name}" if stop else "localenv up"
        raise LocalenvError(f"{name} is not running{by}", hint=f"start it: {start}")
    hint = _AGAIN.get(seen.state, "list running services: localenv status").format(name=name)
    raise LocalenvError(f"{name} {deaths.predicate(seen)}", hint=hint)
