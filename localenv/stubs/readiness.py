"""The health check of a stub server; lightweight, because it runs often during a start."""

import base64
import http.client
from http import HTTPStatus

from localenv.stubs import StubsNotReady
from localenv.stubs.server import USER

_ANSWER = 1.0  # seconds for one response
_HEALTH, _MAPPINGS = "/__admin/health", "/__admin/mappings?limit=1"


def check(port: int, password: str) -> None:
    """Return if it answers and accepts the password; raise StubsNotReady otherwise, within a second."""
    login = base64.b64encode(f"{USER}:{password}".encode()).decode()
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER)
    try:
        status = _status(asked, _HEALTH, login)
        if status == HTTPStatus.NOT_FOUND:  # WireMock 2 has no such endpoint
            status = _status(asked, _MAPPINGS, login)
    except (OSError, http.client.HTTPException) as error:
        raise StubsNotReady(f"no answer: {error or type(error).__name__}") from error
    finally:
        asked.close()
    if status != HTTPStatus.OK:
        raise StubsNotReady(f"returned {status}")


def _status(asked: http.client.HTTPConnection, path: str, login: str) -> int:
    asked.request("GET", path, headers={"Authorization": f"Basic {login}"})
    with asked.getresponse() as answer:
        answer.read()
        return answer.status
