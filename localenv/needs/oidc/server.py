"""Run oidc-provider-mock with a page that tells and sets its state, which its own API cannot: a program of its own.

In a container its text is given to Python, so it imports nothing of this package.
"""

import json
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from oidc_provider_mock.__main__ import run

_PAGE = "/localenv/state"


def add_page() -> None:
    """Add the page; raises ImportError and AttributeError for a version of the package that stores otherwise."""
    from oidc_provider_mock import _app, _storage

    flask = _app.flask
    kinds = {
        "_users": _storage.User,
        "_clients": _storage.Client,
        "_authorization_codes": _storage.AuthorizationCode,
        "_access_tokens": _storage.AccessToken,
        "_refresh_tokens": _storage.RefreshToken,
    }

    def tell() -> Any:
        found = {name: [asdict(one) for one in getattr(_storage.storage, name).values()] for name in kinds}
        text = json.dumps({**found, "recent": list(_storage.storage.get_recent_subjects())}, default=datetime.isoformat)
        return flask.Response(text, content_type="application/json")

    def become() -> Any:
        wanted = flask.request.get_json()
        changed: list[str] = []
        for name, kind in kinds.items():
            before = getattr(_storage.storage, name)
            after = {_key(one): kind(**_read(one)) for one in wanted[name]}
            keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
            changed += [_shown(name, before.get(key) or after[key]) for key in keys]
            setattr(_storage.storage, name, after)
        for subject in list(_storage.storage.get_recent_subjects()):
            _storage.storage.get_recent_subjects().remove(subject)
        for subject in reversed(wanted["recent"]):
            _storage.storage.record_subject(subject)
        return flask.jsonify(sorted({*changed}))

    _app.blueprint.add_url_rule(_PAGE, "localenv_tell", tell, methods=["GET"])
    _app.blueprint.add_url_rule(_PAGE, "localenv_become", become, methods=["PUT"])


def _key(one: dict[str, Any]) -> str:
    """The key under which the provider stores it."""
    return str(next(one[name] for name in ("token", "code", "sub", "id") if name in one))


def _read(one: dict[str, Any]) -> dict[str, Any]:
    return {name: datetime.fromisoformat(value) if name == "expires_at" else value for name, value in one.items()}


def _shown(name: str, one: Any) -> str:
    if name == "_users":
        return str(one.sub)
    return f"client {one.id}" if name == "_clients" else f"logins of {one.user_id}"


if __name__ == "__main__":
    with suppress(ImportError, AttributeError):
        add_page()
    run()
