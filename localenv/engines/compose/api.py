"""Docker's Python client, for calls that change something; a call may take as long as Docker answers others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException
from docker.transport.unixconn import UnixHTTPAdapter, UnixHTTPConnection, UnixHTTPConnectionPool

from localenv.engines.compose import daemon, endpoint, pulse
from localenv.errors import EngineError

NO_HEALTHCHECK = {"test": ["NONE"]}  # of a container that runs something else than its image does

_PATIENCE = 5  # seconds for its first response
_OF_THE_DAEMON = 500


def connect(address: str) -> docker.DockerClient:
    """A client of Docker behind a Unix socket; raises EngineError if it does not answer."""
    version = daemon.Daemon(address=address).version()  # `auto` would ask for it without the bounds of our connections
    with translated():
        client = docker.DockerClient(base_url=f"unix://{address}", timeout=_PATIENCE, version=version)
        client.api.get_adapter("http+docker://localhost").close()
        client.api.mount("http+docker://", _Adapter(address))
        return client


@contextmanager
def translated() -> Iterator[None]:
    """Translate exceptions of the client to an EngineError with the endpoint, the cause, and a hint."""
    try:
        yield
    except APIError as error:
        raise _refused(error) from error
    except requests.Timeout as error:
        raise endpoint.silence() from error
    except (DockerException, requests.RequestException) as error:
        innermost = _innermost(error)
        if isinstance(innermost, TimeoutError):
            raise endpoint.silence() from error
        raise endpoint.gone(innermost) from error


def _refused(error: APIError) -> EngineError:
    is_own = (error.status_code or 0) >= _OF_THE_DAEMON
    return endpoint.refused(str(error.explanation or error), is_answer=True, is_own=is_own)


def _innermost(error: BaseException) -> BaseException:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return error


class _WatchedConnection(UnixHTTPConnection):
    response_class = daemon.Response

    def connect(self) -> None:
        self.sock = pulse.opened(self.unix_socket)


class _WatchedPool(UnixHTTPConnectionPool):
    def _new_conn(self) -> Any:
        return _WatchedConnection(self.base_url, self.socket_path)


class _Adapter(UnixHTTPAdapter):
    def get_connection(self, url: str | bytes, proxies: Any = None) -> Any:
        """Return our own connections; they ignore timeouts."""
        with self.pools.lock:
            pool = self.pools.get(url)
            if pool is None:
                pool = self.pools[url] = _WatchedPool(str(url), self.socket_path, maxsize=self.max_pool_size)
            return pool
