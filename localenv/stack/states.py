"""The states of an environment and of a service, with the same words in code, JSON and output."""

from enum import StrEnum


class EnvironmentState(StrEnum):
    """The phase of an environment."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    FAILED = "failed"
    STOPPED = "stopped"


class ServiceState(StrEnum):
    """The state of a service as an engine observes it."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    EXITED = "exited"
