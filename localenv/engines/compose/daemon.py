"""Query Docker: a few requests with the standard library's HTTP client.

Importing that takes 0.02 s, importing `docker` 0.13 s (most of it `requests`, so its low-level client saves nothing),
and Docker answers within 0.01 s: `status`, `ls` and an `up` with nothing to do would take a third longer, and the first
container would be started later. Changes go through `docker` (`api.py`) and Compose (`driving.py`, `building.py`).
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote, urlencode

from localenv.engines.compose import endpoint, pulse
from localenv.errors import EngineError

PATIENCE = 5.0  # seconds for the first response
_MOST_INTERIM = 5  # interim responses before the one that counts, as Docker's own client has it
_SOON = 2.0  # seconds for naming a container
_NOT_THERE = 404
_REFUSED = 400
_OF_ITS_OWN = 500

Filters = Mapping[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """Docker behind a Unix socket; every call raises EngineError if it fails or stops answering."""

    address: str

    def containers(self, filters: Filters) -> list[dict[str, Any]]:
        """The matching containers, running or not, as Docker lists them."""
        return self._listed("/containers/json", all="1", filters=json.dumps(filters))

    def networks(self, filters: Filters) -> list[dict[str, Any]]:
        """The matching networks, as Docker lists them."""
        return self._listed("/networks", filters=json.dumps(filters))

    def volumes(self, filters: Filters) -> list[dict[str, Any]]:
        """The matching volumes, as Docker lists them."""
        return list(_accepted(*self._get(f"/volumes?{urlencode({'filters': json.dumps(filters)})}"))["Volumes"] or ())

    def images(self, filters: Filters, *, with_shared: bool = False) -> list[dict[str, Any]]:
        """The matching images, as Docker lists them; how much of each others share takes it longer."""
        more = {"shared-size": "1"} if with_shared else {}
        return self._listed("/images/json", filters=json.dumps(filters), **more)

    def container(self, container: str) -> dict[str, Any] | None:
        """Details of a container; None if it was removed."""
        status, document = self._get(f"/containers/{container}/json")
        return None if status == _NOT_THERE else dict(_accepted(status, document))

    def execution(self, execution: str) -> dict[str, Any] | None:
        """Details of a command started in a container; None if it was removed."""
        status, document = self._get(f"/exec/{execution}/json")
        return None if status == _NOT_THERE else dict(_accepted(status, document))

    def image(self, name: str) -> str:
        """The id of an image; empty if it does not exist on this machine, or the name is invalid."""
        status, document = self._get(f"/images/{quote(name)}/json")
        return "" if status in (_NOT_THERE, _REFUSED) else str(_accepted(status, document)["Id"])

    def about(self) -> dict[str, Any]:
        """What Docker says of itself and its machine."""
        return dict(_accepted(*self._get("/info")))

    def version(self) -> str:
        """The version of its API."""
        found = _accepted(*self._get("/version"))
        if not isinstance(found, dict) or not isinstance(version := found.get("ApiVersion"), str):
            raise endpoint.refused("its answer names no version of its API", is_answer=True, is_own=True)
        return version

    def _listed(self, path: str, **query: str) -> list[dict[str, Any]]:
        return list(_accepted(*self._get(f"{path}?{urlencode(query)}")) or ())

    def _get(self, path: str) -> tuple[int, Any]:
        """Status and document."""
        asked = _Connection(self.address)
        try:
            asked.request("GET", path)
            answer = asked.getresponse()
            content = answer.read()
        except TimeoutError as error:
            raise endpoint.silence() from error
        except (OSError, HTTPException) as error:
            raise endpoint.gone(error) from error
        finally:
            asked.close()
        return answer.status, _document(content)


def connect(patience: float = PATIENCE) -> Daemon:
    """Connect to the Docker that its command line would use; raises EngineError if silent for `patience` seconds."""
    address = endpoint.address()
    endpoint.knock(address, patience)
    if not pulse.answers(address, patience):
        raise endpoint.silence()
    return Daemon(address=address)


def publisher(port: int) -> str:
    """The running container that publishes a port of this machine; empty if Docker does not say so at once."""
    with suppress(EngineError):
        found = connect(_SOON).containers({"publish": [str(port)], "status": ["running"]})
        return next((str(one["Names"][0]).lstrip("/") for one in found), "")
    return ""


class Response(HTTPResponse):
    """A response of Docker; raises TimeoutError for one that is only announced, again and again."""

    _interim = 0

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        self._interim += status == HTTPStatus.CONTINUE
        if self._interim > _MOST_INTERIM:
            raise TimeoutError("only interim responses")
        return version, status, reason


class _Connection(HTTPConnection):
    """One call, which may take as long as Docker answers others."""

    response_class = Response

    def __init__(self, address: str) -> None:
        super().__init__("docker")
        self._address = address

    def connect(self) -> None:
        self.sock = pulse.opened(self._address)


def _document(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")


def _accepted(status: int, document: Any) -> Any:
    if status < _REFUSED:
        return document
    words = str(document.get("message", document) if isinstance(document, dict) else document)
    raise endpoint.refused(words, is_answer=True, is_own=status >= _OF_ITS_OWN)
