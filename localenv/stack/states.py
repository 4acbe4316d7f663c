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
    """The state of a service: as an engine observes it, or by what people have done."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    EXITED = "exited"
    STOPPED = "stopped"  # on purpose; or it is not there
    ON_THIS_MACHINE = "on this machine"  # a program here takes its place


DOWN = (ServiceState.CREATED, ServiceState.EXITED)  # as an engine observes what does not run
