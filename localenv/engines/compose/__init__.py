"""The Compose engine: Compose creates and builds, Docker's API observes, starts, runs jobs and removes."""

from localenv.engines.compose.daemon import publisher
from localenv.engines.compose.engine import REASON, WAITING, ComposeEngine, check, connect, due

__all__ = ["REASON", "WAITING", "ComposeEngine", "check", "connect", "due", "publisher"]
