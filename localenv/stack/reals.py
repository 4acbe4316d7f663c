"""The names of programs that are started as real servers of upstreams; they are not services of the stack."""

_PREFIX = "localenv.real."


def service_of(upstream: str) -> str:
    """The service that is the real server of an upstream; no name in a description has this form."""
    return f"{_PREFIX}{upstream}"


def is_real(service: str) -> bool:
    """Whether a service of an engine is such a program."""
    return service.startswith(_PREFIX)
