"""A minimal redis-cli, for servers without one: `redis_cli.py [-h HOST] [-p PORT] [-n NUMBER] … [COMMAND …]`.

Run as a script, by `-I -S`: standard library only. It supports the redis-cli options that scripts use, prints like
redis-cli (formatted on a terminal, raw otherwise), and without a command reads commands line by line.
"""

import os
import shlex
import socket
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

with suppress(ImportError):  # line editing and history for input()
    import readline  # noqa: F401


class Failed(Exception):  # noqa: N818 - an answer of the server
    """An error response of the server."""


class RedisClient:
    """A connection to a server, with RESP2: https://redis.io/docs/latest/develop/reference/protocol-spec/."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._answers: BinaryIO = self._socket.makefile("rb")

    def ask(self, words: list[bytes]) -> Any:
        """The response to one command: bytes, str for a status, int, None, Failed, or a list of these."""
        command = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
        self._socket.sendall(command)
        return self.next()

    def next(self) -> Any:
        """The next response, such as a message of a subscription."""
        line = self._answers.readline()
        if not line:
            raise ConnectionError("Server closed the connection")
        kind, rest = line[:1], line[1:-2]
        match kind:
            case b"+":
                return rest.decode(errors="replace")
            case b"-":
                return Failed(rest.decode(errors="replace"))
            case b":":
                return int(rest)
            case b"$":
                return None if rest == b"-1" else self._answers.read(int(rest) + 2)[:-2]
        return None if rest == b"-1" else [self.next() for _ in range(int(rest))]


def main() -> int:
    """Run the command line; returns the exit code."""
    given = _parsed(sys.argv[1:])
    try:
        session = RedisClient(given.h, given.p)
        _begin(session, given)
        if not given.command:
            return _read(session, f"{given.h}:{given.p}> ")
        words = [os.fsencode(word) for word in given.command]
        return _carry_out(session, [*words, sys.stdin.buffer.read()] if given.x else words, is_strict=given.e)
    except OSError as error:
        print(f"Could not connect to Redis at {given.h}:{given.p}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parsed(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="redis-cli", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", default="127.0.0.1")
    parser.add_argument("-p", type=int, default=6379)
    parser.add_argument("-n", default="")
    parser.add_argument("-a", "--pass", dest="a", default=os.environ.get("REDISCLI_AUTH", ""))
    parser.add_argument("--user", default="")
    for flag in ("-x", "-e"):
        parser.add_argument(flag, action="store_true")
    for flag in ("--raw", "--no-raw", "--no-auth-warning"):
        parser.add_argument(flag, action="store_true")
    first = next((i for i, word in enumerate(arguments) if _begins_command(arguments, i)), len(arguments))
    given = parser.parse_args(arguments[:first])
    given.command = arguments[first:]
    return given


def _begins_command(arguments: list[str], at: int) -> bool:
    """Whether this is the first word that is neither an option nor the value of one."""
    takes = ("-h", "-p", "-n", "-a", "--pass", "--user")
    return not arguments[at].startswith("-") and (at == 0 or arguments[at - 1] not in takes)


def _begin(session: RedisClient, given: Namespace) -> None:
    login = ["AUTH", *filter(None, (given.user, given.a))] if given.a else []
    for words in (login, ["SELECT", given.n] if given.n else []):
        answer = session.ask([os.fsencode(word) for word in words]) if words else "OK"
        if isinstance(answer, Failed):
            print(f"{words[0]} failed: {answer}", file=sys.stderr)


def _read(session: RedisClient, prompt: str) -> int:
    is_terminal = sys.stdin.isatty()
    while True:
        try:
            line = input(prompt) if is_terminal else input()
        except EOFError:
            return 0
        try:
            words = shlex.split(line)
        except ValueError:
            print("Invalid argument(s)")
            continue
        if words and words[0].lower() in ("quit", "exit"):
            return 0
        if words:
            _carry_out(session, [os.fsencode(word) for word in words], is_strict=False)


def _carry_out(session: RedisClient, words: list[bytes], *, is_strict: bool) -> int:
    answer = session.ask(words)
    if is_strict and isinstance(answer, Failed):
        print(answer, file=sys.stderr)
        return 1
    _print(answer)
    while words[0].lower() in (b"monitor", b"subscribe", b"psubscribe", b"ssubscribe"):
        _print(session.next())
    return 0


def _print(answer: Any) -> None:
    if sys.stdout.isatty():
        print("\n".join(_shown(answer)))
    else:
        sys.stdout.buffer.write(_raw(answer) + b"\n")
    sys.stdout.flush()


def _raw(answer: Any) -> bytes:
    if isinstance(answer, list):
        return b"\n".join(map(_raw, answer))
    return answer if isinstance(answer, bytes) else b"" if answer is None else str(answer).encode()


def _shown(answer: Any) -> Iterator[str]:
    match answer:
        case None:
            yield "(nil)"
        case int():
            yield f"(integer) {answer}"
        case bytes():
            yield '"' + answer.decode(errors="backslashreplace").replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Failed():
            yield f"(error) {answer}"
        case list():
            for number, one in enumerate(answer, 1):
                first, *more = _shown(one)
                yield f"{number}) {first}"
                yield from (f"{' ' * len(str(number))}  {line}" for line in more)
            if not answer:
                yield "(empty array)"
        case _:
            yield str(answer)


if __name__ == "__main__":
    sys.exit(main())
