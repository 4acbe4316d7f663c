"""Set or check a password in the files of a stopped database cluster."""

from pathlib import Path

from localenv.needs.postgres import passwords

_ROLES = Path("global", "1260")  # the table pg_authid, which stays where initdb creates it


def is_set(cluster: Path, password: str) -> bool:
    """Whether a role of a cluster has this password."""
    return passwords.is_set(_roles(cluster), password)


def replace(cluster: Path, password: str) -> bool:
    """Replace the password of the only role with one; returns False, with nothing changed, if that is not possible."""
    after = passwords.replaced(_roles(cluster), password)
    if after:
        (cluster / _ROLES).write_bytes(after)
    return bool(after)


def _roles(cluster: Path) -> bytes:
    try:
        return (cluster / _ROLES).read_bytes()
    except OSError:
        return b""
