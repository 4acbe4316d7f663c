"""The command of a stub server: its relay, then WireMock with its login off the command line.

A command line is visible to every user of a machine. Redis replaces its own by a title. The image of NATS has no shell
that could read a login from the environment, and its configuration parses variables as values of its own language,
without a way to quote them: a described password stays on its command line.
"""

from collections.abc import Mapping, Sequence

from localenv.stack import Service, Upstream
from localenv.stubs import relay

_OPTION = "--admin-api-basic-auth"
_LOGIN = "LOCALENV_LOGIN"
_ENTRYPOINT = "/docker-entrypoint.sh"  # of the image
LIBRARIES = "/var/wiremock/lib/*:/var/wiremock/extensions/*"  # as in the image's entrypoint
CLASSES = "/tmp/localenv.jsa"  # noqa: S108 - in its container; Java's archive of them, if an engine puts one there
_START = (
    f'if [ -r {CLASSES} ]; then JAVA_OPTS="$JAVA_OPTS -XX:SharedArchiveFile={CLASSES} -Xlog:cds=off"; fi; '
    f'umask 077; printf "%s\\n" wiremock.Run {_OPTION} "${_LOGIN}" >/tmp/login; unset {_LOGIN}; '
    f'exec java $JAVA_OPTS -cp "{LIBRARIES}" @/tmp/login "$@"'
)
_HERE = ("--bind-address", "127.0.0.1")  # only the relay reaches it


def command(
    server: Service, upstreams: Mapping[str, Upstream], words: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """The command for WireMock with these options, and environment variables; without a login nobody waits."""
    is_held = _OPTION in words
    first = [word.replace("$", "$$") for word in relay.argv(server, upstreams, is_held=is_held)]
    if not is_held:
        return [*first, _ENTRYPOINT, *words, *_HERE], {}
    at = words.index(_OPTION)
    start = ["sh", "-c", _START.replace("$", "$$"), "sh"]
    return [*first, *start, *words[:at], *words[at + 2 :], *_HERE], {_LOGIN: words[at + 1]}
