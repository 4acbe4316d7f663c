"""A client of the Debug Adapter Protocol, as an editor is one."""

import json
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any, Self

from tests.world.commands import Running


class Debugger:
    """A connection to debugpy on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.opened = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.received, self.seq = self.opened.makefile("rb"), 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.received.close()
        self.opened.close()

    def ask(self, command: str, **arguments: object) -> Any:
        """Send a request; returns its response."""
        self.send(command, **arguments)
        while (message := self.read()).get("command") != command:
            self.events.append(message)
        assert message["success"], message
        return message.get("body")

    def event(self, name: str) -> Any:
        """The next event of this name."""
        while (found := next((one for one in self.events if one.get("event") == name), None)) is None:
            self.events.append(self.read())
        self.events.remove(found)
        return found.get("body")

    def attach(self, file: Path, line: int) -> None:
        """Attach, and set a breakpoint."""
        self.ask("initialize", adapterID="test", pathFormat="path")
        self.send("attach", justMyCode=False)
        self.event("initialized")
        self.ask("setBreakpoints", source={"path": str(file)}, breakpoints=[{"line": line}])
        self.ask("configurationDone")

    def send(self, command: str, **arguments: object) -> None:
        """Send a request."""
        self.seq += 1
        body = json.dumps({"seq": self.seq, "type": "request", "command": command, "arguments": arguments}).encode()
        self.opened.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def read(self) -> dict[str, Any]:
        """The next message."""
        size = 0
        while line := self.received.readline().strip():
            size = int(line.partition(b":")[2])
        return dict(json.loads(self.received.read(size)))


def end_debugged(running: Running) -> None:
    """End `localenv debug`: a signal that comes while debugpy detaches may be lost in it, and is sent again."""
    try:
        running.end(signal.SIGTERM, 30)
    except subprocess.TimeoutExpired:
        running.end(signal.SIGTERM)
