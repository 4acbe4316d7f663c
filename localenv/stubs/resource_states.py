"""The versions of what stateful upstreams keep, in the form of scenarios: whatever resets those resets these too."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from localenv.stubs.lean_httpx import httpx, no_tls

_SUFFIX = ".created resources"


class ResourceStates:
    """Asks the responder for the version of each upstream; `urls` are the addresses of its state."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._options: dict[str, Any] = {"timeout": 5, "trust_env": False, "verify": no_tls()}
        self._urls = {f"{name}{_SUFFIX}": url for name, url in urls.items()}

    def has(self, name: str) -> bool:
        """Whether a scenario's name stands for the resources of an upstream."""
        return name in self._urls

    def states(self) -> dict[str, str]:
        """The version of each, by the name of its scenario; without those whose responder does not answer."""
        found = {}
        for name, url in self._urls.items():
            with suppress(httpx.HTTPError, ValueError, KeyError):
                found[name] = str(httpx.get(url, **self._options).json()["state"])
        return found

    def set(self, name: str, state: str) -> None:
        """Come back to a version."""
        with suppress(httpx.HTTPError):  # it was removed meanwhile
            httpx.put(self._urls[name], json={"state": state}, **self._options)
