"""Restore users, logins and clients; of a server that does not tell its state, the claims of users alone."""

import json
import shutil
from pathlib import Path
from typing import Any

from localenv.host import files
from localenv.needs import Restored
from localenv.needs.oidc.api import Claims, Provider, opened
from localenv.stack import Connection

_STATE = "state.json"
_FILE = "users.json"  # instead: claims, and a token that shows them, by subject


def snapshot(connection: Connection, folder: Path) -> None:
    """Copy all that the provider stores to this machine, or the claims of the users on its login page."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    with opened(connection) as provider:
        if (state := provider.state()) is not None:
            files.write(folder / _STATE, json.dumps(state))
            return
        known = {}
        for subject in provider.users():
            token = provider.login(subject)
            known[subject] = {"claims": provider.claims(token), "token": token}
    _write(folder, known)


def restore(connection: Connection, folder: Path) -> Restored:
    """Set again what has changed; if only claims are known, a user that came since is as one that never logged in."""
    if (folder / _STATE).exists():
        with opened(connection) as provider:
            return Restored(changed=tuple(provider.become(json.loads((folder / _STATE).read_text()))))
    known = json.loads((folder / _FILE).read_text())
    changed = []
    with opened(connection) as provider:
        for subject, about in known.items():
            if _claims(provider, subject, about) != about["claims"]:
                provider.change(subject, about["claims"])
                changed.append(subject)
        for subject in provider.users():
            if subject not in known:
                known[subject] = {"claims": {"email": subject}, "token": ""}
                provider.change(subject, known[subject]["claims"])
                changed.append(subject)
    _write(folder, known)
    return Restored(changed=tuple(changed))


def discard(connection: Connection, folder: Path) -> None:
    """Remove the copy from this machine."""
    shutil.rmtree(folder, ignore_errors=True)


def _claims(provider: Provider, subject: str, about: dict[str, Any]) -> Claims | None:
    """The claims that a user has now; logs in again where the token was revoked or is too old."""
    found = provider.claims(about["token"])
    if found is None:
        about["token"] = provider.login(subject)
        found = provider.claims(about["token"])
    return found


def _write(folder: Path, known: dict[str, Any]) -> None:
    files.write(folder / _FILE, json.dumps(known))
