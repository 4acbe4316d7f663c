"""Run oidc-provider-mock with what it lacks: a page of its state, PKCE, public clients, other scopes, refused tokens.

A program of its own.

In a container its text is given to Python, so it imports nothing of this package.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from oidc_provider_mock import __main__ as provider

_PAGE = "/localenv/state"
_DISCOVERY = "/.well-known/openid-configuration"
_FOR_BROWSERS = (_DISCOVERY, "/jwks", "/oauth2/token", "/userinfo")
_CLIENTS = ["client_secret_basic", "client_secret_post", "none"]  # how they may authenticate


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
        try:
            read = {name: {_key(one): kind(**_read(one)) for one in wanted[name]} for name, kind in kinds.items()}
            recent = [str(one) for one in wanted["recent"]]
        except (LookupError, TypeError, AttributeError, ValueError, StopIteration):
            flask.abort(400, "expected what this page tells")
        for name, after in read.items():
            before = getattr(_storage.storage, name)
            keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
            changed += [_shown(name, before.get(key) or after[key]) for key in keys]
            setattr(_storage.storage, name, after)
        for subject in list(_storage.storage.get_recent_subjects()):
            _storage.storage.get_recent_subjects().remove(subject)
        for subject in reversed(recent):
            _storage.storage.record_subject(subject)
        return flask.jsonify(sorted({*changed}))

    _app.blueprint.add_url_rule(_PAGE, "localenv_tell", tell, methods=["GET"])
    _app.blueprint.add_url_rule(_PAGE, "localenv_become", become, methods=["PUT"])


def take_any_scope() -> None:
    """Grant what a client asks for, such as `offline_access`: else a refresh with the same scopes is refused."""
    from oidc_provider_mock import _storage

    client, own = _storage.Client, _storage.Client.get_allowed_scope
    client.SCOPES_SUPPORTED = (*client.SCOPES_SUPPORTED, "offline_access")

    def allowed(self: Any, scope: Any) -> str:
        if tuple(self.allowed_scopes) != client.SCOPES_SUPPORTED:  # of a client that registered its own
            return str(own(self, scope))
        return scope if isinstance(scope, str) else " ".join(scope)

    client.get_allowed_scope = allowed


def check_pkce() -> None:
    """Compare the verifier of a login with its challenge, as RFC 7636 has it, and say so in the discovery."""
    from authlib.oauth2.rfc7636 import CodeChallenge
    from oidc_provider_mock import _app

    given: dict[str, dict[str, str]] = {}  # by the code of a login
    challenge, method = "code_challenge", "code_challenge_method"

    class Checked(CodeChallenge):  # type: ignore[misc]
        def get_authorization_code_challenge(self, login: Any) -> str | None:
            return given.get(login.code, {}).get(challenge)

        def get_authorization_code_challenge_method(self, login: Any) -> str | None:
            return given.get(login.code, {}).get(method)

    class Grant(_app.AuthorizationCodeGrant):  # type: ignore[misc]
        def __init__(self, *words: Any) -> None:
            super().__init__(*words)
            Checked(required=False)(self)

        def save_authorization_code(self, code: str, request: Any) -> None:
            super().save_authorization_code(code, request)
            asked = request.payload.data
            given[code] = {name: asked[name] for name in (challenge, method) if asked.get(name)}

    _app.AuthorizationCodeGrant = Grant
    _describe("code_challenge_methods_supported", ["S256", "plain"])


def take_public_clients() -> None:
    """Answer clients without a secret, such as applications in a browser, also from another origin."""
    from oidc_provider_mock import _app

    for grant in (_app.AuthorizationCodeGrant, _app.RefreshTokenGrant):
        grant.TOKEN_ENDPOINT_AUTH_METHODS = _CLIENTS
    _describe("token_endpoint_auth_methods_supported", _CLIENTS)

    def shared(answer: Any) -> Any:
        if _app.flask.request.path.endswith(_FOR_BROWSERS):
            answer.headers["Access-Control-Allow-Origin"] = "*"
            answer.headers["Access-Control-Allow-Headers"] = "authorization, content-type"
        return answer

    _app.blueprint.after_request(shared)


def refuse_tokens() -> None:
    """Refuse a token that is not valid as RFC 6750 has it: clients then get another one."""
    from oidc_provider_mock import _app

    def refused(answer: Any) -> Any:
        if _app.flask.request.path.endswith("/userinfo") and answer.status_code == 400:
            answer.status_code = 401
            answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            answer.data = json.dumps({"error": "invalid_token"})
        return answer

    _app.blueprint.after_request(refused)


def without_debugger(application: Any) -> Any:
    """The application without Werkzeug's debugger, which shows tracebacks to anybody and keeps each in memory."""
    application.debug = False
    application.wsgi_app = getattr(application.wsgi_app, "app", application.wsgi_app)
    return application


def _describe(name: str, value: Any) -> None:
    """Add a value to the discovery."""
    from oidc_provider_mock import _app

    def described(answer: Any) -> Any:
        if _app.flask.request.path.endswith(_DISCOVERY) and answer.is_json:
            answer.data = json.dumps({**answer.get_json(), name: value})
        return answer

    _app.blueprint.after_request(described)


def _key(one: dict[str, Any]) -> str:
    """The key under which the provider stores it."""
    return str(next(one[name] for name in ("token", "code", "sub", "id") if name in one))


def _read(one: dict[str, Any]) -> dict[str, Any]:
    return {name: datetime.fromisoformat(value) if name == "expires_at" else value for name, value in one.items()}


def _shown(name: str, one: Any) -> str:
    if name == "_users":
        return str(one.sub)
    return f"client {one.id}" if name == "_clients" else f"logins of {one.user_id}"


def main(guard: Callable[[Any], Any] = lambda application: application) -> None:
    """Serve, as the options of the command say, until the process is ended; `guard` wraps the application of WSGI."""
    for add in (add_page, take_any_scope, take_public_clients, refuse_tokens, check_pkce):
        with suppress(ImportError, AttributeError):
            add()
    made = provider.app
    provider.app = lambda *given, **options: guard(without_debugger(made(*given, **options)))
    provider.run()


if __name__ == "__main__":
    main()
