"""A reset of logins sets users, logins and clients again; tests ask a real provider."""

import json
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, Popen
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from localenv.host.loopback import free_port
from localenv.needs import NotYet
from localenv.needs.oidc import ready, snapshots
from localenv.needs.oidc.api import opened
from localenv.stack import Connection
from tests.world.waiting import until

JANE = {"email": "jane@shop.example", "groups": ["admin"], "address": {"country": "CH"}, "deep": {"a": [1, None]}}


@pytest.fixture(scope="module")
def provider() -> Iterator[Connection]:
    """A server that does not tell its state."""
    yield from running("oidc_provider_mock")


@pytest.fixture(scope="module")
def telling() -> Iterator[Connection]:
    """A server as localenv starts it."""
    yield from running("localenv.needs.oidc.server")


def running(module: str) -> Iterator[Connection]:
    if find_spec("oidc_provider_mock") is None:
        pytest.skip("the package oidc-provider-mock is not installed")
    port = str(free_port())
    users = [json.dumps({"sub": "jane", **JANE}), json.dumps({"sub": "max"})]
    given = [word for one in users for word in ("--user-claims", one)]
    connection = Connection(scheme="http", host="127.0.0.1", port=port)
    with Popen([sys.executable, "-m", module, "--port", port, *given], stderr=DEVNULL) as server:
        try:
            until(lambda: is_ready(connection), "the provider")
            yield connection
        finally:
            server.kill()


def is_ready(connection: Connection) -> bool:
    with suppress(NotYet):
        ready(connection)
        return True
    return False


def claims(connection: Connection, subject: str) -> object:
    with opened(connection) as asked:
        return asked.claims(asked.login(subject))


def change(connection: Connection, subject: str, body: object) -> None:
    assert httpx.put(f"{connection.url}/users/{subject}", json=body).is_success


def test_claims_come_back_and_a_new_user_is_as_one_that_never_logged_in(provider: Connection, tmp_path: Path) -> None:
    snapshots.snapshot(provider, tmp_path / "login")
    with opened(provider) as asked:
        session = asked.login("jane")
    change(provider, "jane", {"groups": []})
    change(provider, "a b ü@shop.example", {"groups": ["admin"]})
    claims(provider, "a b ü@shop.example")

    found = snapshots.restore(provider, tmp_path / "login")

    assert found.changed == ("jane", "a b ü@shop.example")
    assert claims(provider, "jane") == JANE
    with opened(provider) as asked:
        assert asked.claims(session) == JANE  # who was logged in stays so
    assert claims(provider, "a b ü@shop.example") == {"email": "a b ü@shop.example"}
    claims(provider, "of/a/path")  # its API has no way to name this one
    assert snapshots.restore(provider, tmp_path / "login").changed == ("of/a/path",)
    assert snapshots.restore(provider, tmp_path / "login").changed == ()


def test_what_did_not_change_is_left_alone_also_with_revoked_tokens(provider: Connection, tmp_path: Path) -> None:
    snapshots.snapshot(provider, tmp_path / "login")
    httpx.post(f"{provider.url}/users/jane/revoke-tokens")

    assert [snapshots.restore(provider, tmp_path / "login").changed for _ in range(2)] == [(), ()]
    assert claims(provider, "max") == {}


def test_logins_clients_and_users_since_the_snapshot_are_gone_and_earlier_ones_stay(
    telling: Connection, tmp_path: Path
) -> None:
    body = {"redirect_uris": ["http://127.0.0.1/"]}
    with opened(telling) as asked:
        early = asked.login("jane")
    snapshots.snapshot(telling, tmp_path / "login")
    assert snapshots.restore(telling, tmp_path / "login").changed == ()
    with opened(telling) as asked:
        late = asked.login("jane")
    change(telling, "never-logged-in", {"email": "a@shop.example"})
    change(telling, "max", {"groups": ["admin"]})
    client = httpx.post(f"{telling.url}/oauth2/clients", json=body).json()["client_id"]
    httpx.post(f"{telling.url}/users/jane/revoke-tokens")

    found = snapshots.restore(telling, tmp_path / "login")

    assert set(found.changed) == {"logins of jane", "never-logged-in", "max", f"client {client}"}
    assert snapshots.restore(telling, tmp_path / "login").changed == ()
    with opened(telling) as asked:
        assert asked.claims(early) == JANE
        assert asked.claims(late) is None
        assert asked.users() == ["jane", "max"]
    assert claims(telling, "max") == {}


def test_a_provider_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotYet, match="refused"):
        snapshots.snapshot(Connection(scheme="http", host="127.0.0.1", port="9"), tmp_path / "login")


BACK = "http://localhost:1/back"


def logged_in(provider: Connection, scope: str, **more: str) -> str:
    """The code of a login of jane."""
    query = {"client_id": "spa", "redirect_uri": BACK, "response_type": "code", "scope": scope, "state": "s", **more}
    answer = httpx.post(f"{provider.url}/oauth2/authorize", params=query, data={"sub": "jane"})
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def exchanged(provider: Connection, **given: str) -> httpx.Response:
    """The answer to a client without a secret that asks for tokens, from a page of another origin."""
    data = {"client_id": "spa", "redirect_uri": BACK, **given}
    return httpx.post(f"{provider.url}/oauth2/token", data=data, headers={"Origin": "http://localhost:5173"})


def test_a_public_client_logs_in_with_pkce_and_refreshes_with_the_scopes_it_asked_for(telling: Connection) -> None:
    scope, verifier = "openid offline_access orders:read", "v" * 50
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    code = logged_in(telling, scope, code_challenge=challenge, code_challenge_method="S256")

    answer = exchanged(telling, grant_type="authorization_code", code=code, code_verifier=verifier)
    tokens = answer.json()

    assert (answer.headers["access-control-allow-origin"], tokens["scope"]) == ("*", scope)
    again = exchanged(telling, grant_type="refresh_token", refresh_token=tokens["refresh_token"], scope=scope)
    assert again.json()["scope"] == scope
    about = httpx.get(f"{telling.url}/.well-known/openid-configuration").json()
    assert "S256" in about["code_challenge_methods_supported"]
    assert "none" in about["token_endpoint_auth_methods_supported"]


@pytest.mark.parametrize("verifier", ["w" * 50, ""])
def test_another_verifier_than_that_of_the_challenge_is_refused(telling: Connection, verifier: str) -> None:
    code = logged_in(telling, "openid", code_challenge="v" * 50, code_challenge_method="plain")

    answer = exchanged(telling, grant_type="authorization_code", code=code, code_verifier=verifier)

    assert answer.status_code == 400


def test_a_login_without_pkce_stays_one(telling: Connection) -> None:
    assert exchanged(telling, grant_type="authorization_code", code=logged_in(telling, "openid")).is_success


def test_a_token_that_is_no_longer_valid_is_refused_so_that_clients_refresh_it(telling: Connection) -> None:
    asked = {"grant_type": "authorization_code", "code": logged_in(telling, "openid")}
    valid = {"Authorization": f"Bearer {exchanged(telling, **asked).json()['access_token']}"}
    subject = httpx.get(f"{telling.url}/userinfo", headers=valid).json()["sub"]
    httpx.post(f"{telling.url}/users/{subject}/revoke-tokens")

    answer = httpx.get(f"{telling.url}/userinfo", headers=valid)

    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_token"})
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("state", [[], {}, {"recent": []}, {"_users": 1, "recent": []}, "x"])
def test_a_state_that_is_none_is_refused(telling: Connection, state: object) -> None:
    before = httpx.get(f"{telling.url}/localenv/state").json()
    answer = httpx.put(f"{telling.url}/localenv/state", json=state)

    assert answer.status_code == 400
    assert "Traceback" not in answer.text
    assert httpx.get(f"{telling.url}/localenv/state").json() == before


def test_the_provider_has_no_debugger(telling: Connection) -> None:
    answer = httpx.get(f"{telling.url}/?__debugger__=yes&cmd=resource&f=debugger.js")

    assert "javascript" not in answer.headers["content-type"]
