"""The labels and names of an environment's resources."""

import os
from hashlib import sha256
from pathlib import Path

from localenv import paths
from localenv.host import files
from localenv.stack import Role

LABEL = "dev.localenv."
ROLE = f"{LABEL}role"
SERVICE = "com.docker.compose.service"  # Compose's label


def variables(identity: str, checkout: Path) -> dict[str, str]:
    """The values for the labels of a rendered file."""
    return {
        "LOCALENV_ENVIRONMENT": identity,
        "LOCALENV_CHECKOUT": sha256(str(checkout.resolve()).encode(errors="surrogateescape")).hexdigest()[:12],
        "LOCALENV_UID": str(os.getuid()),
    }


def labels(identity: str, checkout: Path, role: Role | None = None) -> dict[str, str]:
    """The labels of a resource that is in no rendered file."""
    named = {key.removeprefix("LOCALENV_").lower(): text for key, text in variables(identity, checkout).items()}
    return {f"{LABEL}{key}": text for key, text in named.items()} | ({ROLE: role} if role else {})


def mine(identity: str = "") -> dict[str, list[str]]:
    """A filter for this user's resources of one environment, or of all; excludes those of other users.

    If the environment's checkout is recorded, resources of another checkout with the same hash are excluded too.
    """
    if not identity:
        return {"label": [f"{LABEL}environment", f"{LABEL}uid={os.getuid()}"]}
    wanted = [f"{LABEL}environment={identity}", f"{LABEL}uid={os.getuid()}"]
    checkout = files.read_json(paths.checkout(identity)).get("checkout")
    return {"label": wanted + ([f"{LABEL}checkout={checkout}"] if checkout else [])}


def network(identity: str) -> str:
    """The name of its network."""
    return f"{identity}_default"
