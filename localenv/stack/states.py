"""The states of an environment and of a service: the words of the code, of JSON and of what is shown."""

from enum import StrEnum


class EnvironmentState(StrEnum):
    """How far an environment has come."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    FAILED = "failed"
    STOPPED = "stopped"


class ServiceState(StrEnum):
    """What an engine sees of something that runs or ran."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    EXITED = "exited"
