"""Users of oidc-provider-mock by its API, which shows their claims only to whoever is logged in as them."""

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from localenv.needs import NotYet, Refused
from localenv.stack import Connection

_SECONDS = 10.0
_CLIENT, _BACK = "localenv", "http://127.0.0.1/"
_ASKED = urlencode(
    {
        "client_id": _CLIENT,
        "redirect_uri": _BACK,
        "response_type": "code",
        "scope": "openid profile email address phone",
    }
)
_PAGE = f"/oauth2/authorize?{_ASKED}"
_FORM = "application/x-www-form-urlencoded"

_STATE = "/localenv/state"  # a page that is added to its server

Claims = Mapping[str, Any]


class Provider:
    """A connection to a server; raises Refused for what it does not do."""

    def __init__(self, connected: http.client.HTTPConnection) -> None:
        self._connected = connected

    def state(self) -> dict[str, Any] | None:
        """All that it stores; None from a server without this page."""
        status, _, answer = self._ask("GET", _STATE)
        found: dict[str, Any] | None = json.loads(answer) if status == http.client.OK else None
        return found

    def become(self, state: Mapping[str, Any]) -> Sequence[str]:
        """Set all that it stores; returns what was different."""
        status, _, answer = self._ask("PUT", _STATE, json.dumps(state), "application/json")
        if status != http.client.OK:
            raise Refused(f"the change of its state answers {status}")
        return [str(one) for one in json.loads(answer)]

    def users(self) -> Sequence[str]:
        """The subjects on its login page: those of the description, and the last ones that logged in."""
        status, _, page = self._ask("GET", _PAGE)
        if status != http.client.OK:
            raise Refused(f"the login page answers {status}")
        from localenv.needs.oidc import login_page

        return login_page.subjects(page.decode(errors="replace"))

    def login(self, subject: str) -> str:
        """Log in as a user; returns an access token."""
        _, headers, _ = self._ask("POST", _PAGE, urlencode({"sub": subject}), _FORM)
        code = parse_qs(urlsplit(headers.get("location", "")).query).get("code", [""])[0]
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": _BACK, "client_id": _CLIENT}
        status, _, answer = self._ask("POST", "/oauth2/token", urlencode({**asked, "client_secret": _CLIENT}), _FORM)
        if status != http.client.OK:
            raise Refused(f"the login of {subject} answers {status}")
        return str(json.loads(answer)["access_token"])

    def claims(self, token: str) -> Claims | None:
        """The claims of the user with an access token; None for one that is no longer valid."""
        status, _, answer = self._ask("GET", "/userinfo", headers={"Authorization": f"Bearer {token}"})
        if status != http.client.OK:
            return None
        found: dict[str, Any] = json.loads(answer)
        return {name: value for name, value in found.items() if name != "sub"}

    def change(self, subject: str, claims: Claims) -> None:
        """Set the claims of a user; not of one with a slash, whose claims its API cannot change."""
        if "/" in subject:
            return
        status, _, _ = self._ask("PUT", f"/users/{quote(subject, safe='')}", json.dumps(claims), "application/json")
        if status >= http.client.MULTIPLE_CHOICES:
            raise Refused(f"the change of {subject} answers {status}")

    def _ask(
        self, method: str, path: str, body: str = "", kind: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        typed = {"Content-Type": kind} if kind else {}
        self._connected.request(method, path, body.encode() or None, {**typed, **(headers or {})})
        answer = self._connected.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


@contextmanager
def opened(connection: Connection) -> Iterator[Provider]:
    """A connection; raises NotYet if the server does not answer, or not as this one does."""
    connected = http.client.HTTPConnection(connection.host, int(connection.port), timeout=_SECONDS)
    try:
        yield Provider(connected)
    except (OSError, http.client.HTTPException, ValueError, LookupError) as error:
        raise NotYet(str(error).lower()) from error
    finally:
        connected.close()
