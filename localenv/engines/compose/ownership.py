"""What is an environment's own: the labels it carries, and the names it takes."""

import os
from hashlib import sha256
from pathlib import Path

from localenv import paths
from localenv.host import files
from localenv.stack import Role

LABEL = "dev.localenv."
ROLE = f"{LABEL}role"
SERVICE = "com.docker.compose.service"  # Compose's own


def variables(identity: str, checkout: Path) -> dict[str, str]:
    """What the labels of a rendered file carry."""
    return {
        "LOCALENV_ENVIRONMENT": identity,
        "LOCALENV_CHECKOUT": sha256(str(checkout.resolve()).encode(errors="surrogateescape")).hexdigest()[:12],
        "LOCALENV_UID": str(os.getuid()),
    }


def labels(identity: str, checkout: Path, role: Role | None = None) -> dict[str, str]:
    """The labels of something that no rendered file names."""
    named = {key.removeprefix("LOCALENV_").lower(): text for key, text in variables(identity, checkout).items()}
    return {f"{LABEL}{key}": text for key, text in named.items()} | ({ROLE: role} if role else {})


def mine(identity: str = "") -> dict[str, list[str]]:
    """A filter for what this user has of an environment, or of all: the same label of another user is not ours.

    Where it is recorded, of which checkout the environment is, that of another with the same hash is not ours either.
    """
    if not identity:
        return {"label": [f"{LABEL}environment", f"{LABEL}uid={os.getuid()}"]}
    wanted = [f"{LABEL}environment={identity}", f"{LABEL}uid={os.getuid()}"]
    checkout = files.read_json(paths.checkout(identity)).get("checkout")
    return {"label": wanted + ([f"{LABEL}checkout={checkout}"] if checkout else [])}


def network(identity: str) -> str:
    """The name of its network."""
    return f"{identity}_default"
