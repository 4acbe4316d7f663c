"""HTTP client for the admin API of a stub server on this machine."""

from functools import cached_property
from http import HTTPStatus
from typing import Any

from localenv.errors import LocalenvError
from localenv.host.announcing import announced
from localenv.stubs.lean_httpx import httpx, no_tls
from localenv.stubs.server import USER

PATIENCE = 20.0  # seconds for an answer, or for its next part: no command takes longer than 30
_SLOW = "waiting for the stub server, which does not answer; Ctrl-C ends this"


class Asking:
    """A client of the admin API; a failed request, also one without an answer for `patience` seconds, raises
    LocalenvError.
    """

    def __init__(self, *, port: int, password: str, patience: float = PATIENCE) -> None:
        self._stubs = f"http://127.0.0.1:{port}"
        url = f"{self._stubs}/__admin"
        # no proxy between this machine and itself
        login = (USER, password)
        self._client = httpx.Client(base_url=url, auth=login, timeout=patience, trust_env=False, verify=no_tls())

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    @cached_property
    def is_old(self) -> bool:
        """Whether it is a WireMock 2, which has no such endpoint and drops much that it does not know."""
        return self.send("GET", "/health").status_code == HTTPStatus.NOT_FOUND

    def ask(self, method: str, path: str, *, missing: bool = False, **options: Any) -> httpx.Response:
        """Send a request and return a successful response; with `missing`, also a 404."""
        answer = self.send(method, path, **options)
        if not (missing and answer.status_code == HTTPStatus.NOT_FOUND):
            good(answer)
        return answer

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request and return the response, whatever its status."""
        try:
            with announced(_SLOW):
                return self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            hint = "if it is paused: localenv unpause localenv.stubs; its log: localenv logs localenv.stubs"
            raise LocalenvError(f"the stub server does not answer: {error}", hint=hint) from error

    def send_to_stubs(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Send a request to the stubs, without the login; `url` is path and query."""
        return self.send(method, f"{self._stubs}{url}", auth=None, **options)


def good(answer: httpx.Response) -> None:
    """Raise LocalenvError with the server's message for an error response."""
    if answer.is_success:
        return
    asked = f"{answer.request.method} {answer.request.url.path}"
    raise LocalenvError(f"the stub server answered {answer.status_code} to {asked}", log=answer.text.splitlines()[:20])
