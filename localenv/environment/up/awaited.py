"""Wait for readiness where no progress of a start shows what is waited for: the user is told if it takes long."""

from collections.abc import Sequence

from localenv.engines import Deployment, Engine
from localenv.environment.up import probing
from localenv.environment.up.clock import Clock
from localenv.host.announcing import announced
from localenv.stack import Service


def wait(
    engine: Engine,
    deployment: Deployment,
    services: Sequence[Service],
    deadline: float,
    *,
    finishing: frozenset[str] = frozenset(),
    clock: Clock | None = None,
) -> None:
    """Return when all services are ready, as `probing.wait` does; raises NotReadyError."""
    left = {one.name: "" for one in services}

    def ready(name: str, seconds: float) -> None:
        left.pop(name, None)

    def report(name: str, text: str, is_cause: bool) -> None:
        left[name] = text

    def message() -> str:
        names = [f"{name} ({text})" if text else name for name, text in dict(left).items()]
        return f"waiting for {', '.join(names)}; Ctrl-C ends this" if names else ""

    with announced(message):
        probing.wait(engine, deployment, services, deadline, ready, report=report, finishing=finishing, clock=clock)
