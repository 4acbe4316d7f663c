"""Start a server with a login: `python -m localenv.needs.mongo.starting FILE PROGRAM ARGUMENT…`.

The process becomes the server. A second one waits until it answers, and creates its first user. FILE is JSON with
`host`, `port`, `user` and `password`, and readable by its owner alone.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from localenv.host import waiting
from localenv.needs import NotYet
from localenv.needs.mongo import wire
from localenv.stack import Connection

_PATIENCE = 60.0  # seconds


def main() -> None:
    """Start the server, and create the user."""
    file, *argv = sys.argv[1:]
    login = json.loads(Path(file).read_bytes())
    if _second_process():
        _create(Connection(scheme="mongodb", **login))
        os._exit(0)
    os.execv(argv[0], argv)  # noqa: S606 - the server takes the place of this process


def _second_process() -> bool:
    """Whether this is a second process, which nobody has to wait for."""
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        return False
    if os.fork():
        os._exit(0)
    return True


def _create(connection: Connection) -> None:
    """Create the user as soon as the server answers; ends when somebody can log in."""
    waiting.until(lambda: any(_succeeds(step, connection) for step in _STEPS), within=_PATIENCE, pause=0.1)


_STEPS = (wire.log_in, wire.create_user)


def _succeeds(step: Callable[[Connection], None], connection: Connection) -> bool:
    try:
        step(connection)
    except NotYet:
        return False
    return True


if __name__ == "__main__":
    main()
