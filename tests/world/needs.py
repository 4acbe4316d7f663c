"""Wait for a need like an engine."""

from collections.abc import Callable

from localenv.needs import Kind, NotYet
from localenv.stack import Connection
from tests.world.waiting import until


def ready(
    kind: Kind, connection: Connection, *, runs: Callable[[], bool], log: Callable[[], str], seconds: float = 60
) -> list[str]:
    """Probe while it runs, until it is ready; returns its answers until then."""
    answers: list[str] = []

    def is_ready() -> bool:
        try:
            kind.ready(connection)
        except NotYet as answer:
            answers.append(str(answer))
            assert runs(), log()
            return False
        return True

    until(is_ready, "the need is ready\n", seconds, lambda: "\n".join((*answers[-1:], log())))
    return answers
