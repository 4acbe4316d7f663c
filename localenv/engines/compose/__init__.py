"""Docker Compose: python-on-whales starts and builds, Docker's API looks, runs jobs and removes."""

from localenv.engines.compose.engine import ComposeEngine, connect

__all__ = ["ComposeEngine", "connect"]
