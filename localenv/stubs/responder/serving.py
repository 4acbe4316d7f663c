"""A server of HTTP on this machine, with a thread for each connection."""

import sys
from http.server import ThreadingHTTPServer
from typing import Any


class LocalServer(ThreadingHTTPServer):
    """Listens for many connections at once."""

    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log an error, but not that a client has closed its connection."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
