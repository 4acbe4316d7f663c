"""A service that answers, and leaves hidden processes behind."""

import http.server
import os
import signal
import sys
import time


def hide() -> None:
    """Start a process that cannot be found by name, session or environment."""
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"], {})
        time.sleep(600)


how, port = sys.argv[1], int(sys.argv[2])
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if how == "daemon":
    hide()
if how == "session" and os.fork() == 0:
    os.setsid()
    time.sleep(600)
if how == "zombies":
    for _ in range(20):
        os.fork() or os._exit(0)
http.server.ThreadingHTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler).serve_forever()
