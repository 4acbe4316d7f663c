"""Messages about the version that runs natively."""

from localenv.stack import Need


def difference(need: Need, running: str) -> str:
    """What to add to the two version numbers; empty if they are sufficient."""
    return f"running {running}; image {need.image} is used by Compose only" if need.image is not None else ""


def to_install(need: Need, server: str) -> str:
    """The hint for a server that only the system provides."""
    return f"install {server} {need.version} on this machine, or use --engine compose"
