"""Listen, then exec the program that serves the sockets once a gate opens; connections wait until then.

Run as a script, by `-I -S`: `gate.py GATE ROUTES PROGRAM ARGUMENT…`. Standard library only, with few imports so that it
listens soon. The gate is a file, and closed while a process holds its lock. Each route is a host and port to listen on,
the host and port to forward to, and more; the program receives them as its last argument, the first two as a
descriptor.
"""

import fcntl
import json
import os
import socket
import sys

_BACKLOG = 512  # connections that can wait


def main() -> None:
    """Listen on all routes, wait, then exec the program."""
    gate, routes, *program = sys.argv[1:]
    leading = [(_listening(host, port), *more) for host, port, *more in json.loads(routes)]
    with open(gate) as opened:  # noqa: PTH123 - pathlib takes time
        fcntl.flock(opened, fcntl.LOCK_SH)
    os.execv(program[0], [*program, json.dumps(leading)])  # noqa: S606 - no shell


def _listening(host: str, port: int) -> int:
    opened = socket.create_server((host, port), backlog=_BACKLOG)
    opened.set_inheritable(True)
    return opened.detach()


if __name__ == "__main__":
    main()
