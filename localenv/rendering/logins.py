"""Keep the stub server's login off its command line, which is visible to every user of a machine.

Redis replaces its own command line by a title. The image of NATS has no shell that could read a login from the
environment, and its configuration parses variables as values of its own language, without a way to quote them: a
described password stays on its command line.
"""

from collections.abc import Sequence

_OPTION = "--admin-api-basic-auth"
_LOGIN = "LOCALENV_LOGIN"
_LIBRARIES = "/var/wiremock/lib/*:/var/wiremock/extensions/*"  # as in the image's entrypoint
_START = (
    f'umask 077; printf "%s\\n" wiremock.Run {_OPTION} "${_LOGIN}" >/tmp/login; unset {_LOGIN}; '
    f'exec java $JAVA_OPTS -cp "{_LIBRARIES}" @/tmp/login "$@"'
)


def hidden(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The command that starts WireMock with these options, and its environment variables."""
    if _OPTION not in words:
        return list(words), {}
    at = words.index(_OPTION)
    return ["sh", "-c", _START.replace("$", "$$"), "sh", *words[:at], *words[at + 2 :]], {_LOGIN: words[at + 1]}
