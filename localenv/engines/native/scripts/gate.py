"""Listens, and becomes the program that serves what it listens on once a gate is open: who connects waits until then.

Run as a script, by `-I -S`: `gate.py GATE ROUTES PROGRAM ARGUMENT…`. Standard library only, and as little of it as
listens soon. The gate is a file, and closed while somebody holds its lock. Each route is a host and port to listen on,
with a host and port that it leads to, and more; the program is given them as its last argument, the first two as a
descriptor.
"""

import fcntl
import json
import os
import socket
import sys

_BACKLOG = 512  # connections that are kept waiting


def main() -> None:
    """Listen on all routes, wait, then become the program."""
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
