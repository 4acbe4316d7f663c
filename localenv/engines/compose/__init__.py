"""The Compose engine: Compose creates and builds, Docker's API observes, starts, runs jobs and removes."""

from localenv.engines import EngineModule
from localenv.engines.examining import Checks


def module() -> EngineModule:
    """The engine."""
    from localenv.engines.compose import engine

    return engine


def checks() -> Checks:
    """What it needs of this machine."""
    from localenv.engines.compose import examining

    return examining.CHECKS
