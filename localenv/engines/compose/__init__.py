"""Docker Compose: python-on-whales starts and builds, Docker's API looks, runs jobs and removes."""

from localenv.engines.compose.engine import ComposeEngine, check_client, connect

__all__ = ["ComposeEngine", "check_client", "connect"]
