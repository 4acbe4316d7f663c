"""The relay in the container of a stub server, which starts the server and marks each request with its upstream.

It is a program in Perl, which the image contains; natively `engines/native/scripts/relay.py` does the same.
"""

import http.client
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from localenv.stack import Service, Upstream
from localenv.stubs import recognition

BODIES = "/tmp/localenv-bodies"  # noqa: S108 - the folder of bodies in the container, as in the program
_OPEN = "/__admin/localenv/open"
_ANSWER = 5.0  # seconds for one response
_ATTEMPTS = 3


def argv(server: Service, upstreams: Mapping[str, Upstream], *, is_held: bool) -> list[str]:
    """The program, which takes the server's command as further arguments.

    `is_held`: clients of upstreams wait until `let_in`.
    """
    assert server.port is not None
    gate = "held" if is_held else "open"
    routes = " ".join(_routes(server, upstreams))
    return ["perl", "-e", _program(), gate, str(server.port.target), recognition.MARK, routes]


def let_in(port: int) -> None:
    """Let in the clients that a relay keeps waiting; `port` is the published one of its server.

    On a busy machine a response may be late, so the relay is asked again; one that is gone refuses.
    """
    for _ in range(_ATTEMPTS):
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER)
        try:
            asked.request("GET", _OPEN)
            asked.getresponse().read()  # of the server itself, which does not matter
        except ConnectionRefusedError:
            return
        except (OSError, http.client.HTTPException):
            continue
        else:
            return
        finally:
            asked.close()


def _routes(server: Service, upstreams: Mapping[str, Upstream]) -> Iterator[str]:
    """The port of the server itself, and two of each upstream: the published one, and one that several may share."""
    assert server.port is not None
    yield f"{server.port.entry}>"
    for port in server.extra_ports:
        yield f"{port.entry}>{port.name}"
        yield f"{port.target}>{port.name}>{recognition.hosts(upstreams[port.name])}"


@cache
def _program() -> str:
    return files(__package__).joinpath("relay.pl").read_text()
