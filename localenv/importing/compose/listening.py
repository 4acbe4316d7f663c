"""The address and port that a program listens on, in its command and variables: `${bind}` and `${port}`."""

import re
from collections.abc import Sequence

from localenv.importing.compose.files import Project
from localenv.importing.native import port_option
from localenv.importing.targets import Reachable

_EVERYWHERE = "0.0.0.0"  # noqa: S104
_LISTENS = re.compile(r"(--(?:[\w-]+\.)?(?:host|bind|address|hostname|listen|ip)[= ])0\.0\.0\.0(?![\d:])")
_BEFORE_HOST = frozenset({"--host", "--bind", "-b", "-h", "--hostname", "--address", "-H", "--ip", "--listen"})
_BEFORE_PORT = frozenset({"--port", "-p", "--http-port", "-l", "--listen", "http.server"})
_PORT = re.compile(r"(^|_)PORT$")
_HOST = re.compile(r"(^|_)(HOST|BIND|ADDR|ADDRESS|LISTEN|IP)$")
_ADDRESS = re.compile(r"(^|_)(PORT|BIND|ADDR|ADDRESS|LISTEN)$")


def command(words: Sequence[str], target: Reachable, project: Project) -> list[str]:
    """The words of a command that listens where its engine wants it to."""
    if target.port is None:
        return [*words]
    found = [_word(word, target.port, project) for word in words]
    for number, word in enumerate(words):
        before = words[number - 1] if number else ""
        is_last = number == len(words) - 1 and "http.server" in words
        if project.atoms.plain(word) == str(target.port) and (before in _BEFORE_PORT or is_last):
            found[number] = project.atoms.reference("${port}")
        elif word == _EVERYWHERE and before in _BEFORE_HOST:
            found[number] = project.atoms.reference("${bind}")
        elif word == f":{target.port}" and before in ("--bind", "-b"):
            found[number] = ":".join(map(project.atoms.reference, ("${bind}", "${port}")))
    return _with_port(found, target.port, project)


def _with_port(words: Sequence[str], port: int, project: Project) -> list[str]:
    """The words with the option for its port, of a server that would listen on its usual one."""
    is_shell = "-c" in words[1:2]
    line = re.split(r"&&|;", words[-1])[-1] if is_shell else " ".join(words)
    option, given = port_option(line, port), project.atoms.reference("${port}")
    if not option:
        return [*words]
    return [*words[:-1], f"{words[-1].rstrip()} {option} {given}"] if is_shell else [*words, option, given]


def variable(key: str, value: str, target: Reachable) -> str:
    """The reference in place of a variable's value; empty for any other variable."""
    if target.port is None:
        return ""
    host, _, number = value.rpartition(":")
    port = "${port}" if number == str(target.port) else _further(number, target)
    if _PORT.search(key.upper()) and value == number:
        return port
    if value == _EVERYWHERE and _HOST.search(key.upper()):
        return "${bind}"
    is_whole = host == _EVERYWHERE or (not host and value != number and _ADDRESS.search(key.upper()))
    return f"${{bind}}:{port}" if is_whole and port else ""


def _further(number: str, target: Reachable) -> str:
    name = target.ports.get(int(number)) if number.isdigit() else None
    return f"${{self.{name}.port}}" if name else ""


def _word(word: str, number: int, project: Project) -> str:
    """A word with an address, or a line for a shell with options."""
    bind, port = project.atoms.reference("${bind}"), project.atoms.reference("${port}")
    word = re.sub(rf"\b0\.0\.0\.0:{number}\b", f"{bind}:{port}", word)
    word = _LISTENS.sub(lambda one: one[1] + bind, word)
    return re.sub(rf"(--(?:[\w-]+\.)?port[= ]){number}\b", lambda one: one[1] + port, word)
