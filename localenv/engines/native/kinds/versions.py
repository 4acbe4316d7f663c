"""What a person should know about the version that runs natively."""

from localenv.stack import Need


def difference(need: Need, running: str) -> str:
    """What to say besides the two versions; empty where they say it all."""
    return f"running {running}; image {need.image} is used by Compose only" if need.image is not None else ""


def to_install(need: Need, server: str) -> str:
    """The hint of a server that comes from this machine alone."""
    return f"install {server} {need.version} on this machine, or use --engine compose"
