"""Addresses in command lines whose host and port are not written as `host:port`: `nc -z db 5432`, `psql -h db`."""

import re
from collections.abc import Callable

_HOST = "(?P<host>[\\w.\U00100000-\U0010fffd-]+)"
_PORT = "(?P<port>[\\d\U00100000-\U0010fffd]+)"
_CLIENTS = "pg_isready|psql|createdb|dropdb|pg_dump|pg_restore|mysql|mysqladmin|mariadb|mariadb-admin|redis-cli"
_PAIRS = (
    re.compile(rf"/dev/(?:tcp|udp)/{_HOST}/{_PORT}"),
    re.compile(rf"\b(?:nc|ncat|netcat|telnet)(?:\s+-\w+(?:[ =]\d+)?)*\s+{_HOST}\s+{_PORT}(?!\S*\w)"),
    re.compile(rf"\b(?:{_CLIENTS})\b[^;&|\n]*?\s(?:-h\s*|--host[ =]){_HOST}(?:\s+(?:-[pP]\s*|--port[ =]){_PORT})?"),
)


def replaced(line: str, reference: Callable[[str, str | None], tuple[str, str] | None]) -> str:
    """The line with what `reference` gives in place of a host and its port; None leaves them."""
    for pattern in _PAIRS:
        line = pattern.sub(lambda found: _with(found, reference(found["host"], found["port"])), line)
    return line


def _with(found: re.Match[str], pair: tuple[str, str] | None) -> str:
    if pair is None:
        return found[0]
    at, to = found.start("host") - found.start(), found.end("host") - found.start()
    if found["port"] is None:
        return f"{found[0][:at]}{pair[0]}{found[0][to:]}"
    return f"{found[0][:at]}{pair[0]}{found[0][to : found.start('port') - found.start()]}{pair[1]}"
