"""The arguments and options of `localenv stub`, as requests and an answer in WireMock's format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from typer import BadParameter, Option

from localenv.cli import durations, option_values
from localenv.errors import UsageError
from localenv.stubs import faults
from localenv.stubs.answers import KINDS, UNSAID, Wanted, failure, reply
from localenv.stubs.vocabulary import METHODS

_T = TypeVar("_T")


def _status(text: str | int) -> int:
    if str(text).isascii() and str(text).isdigit() and 200 <= int(text) <= 599:
        return int(text)
    raise BadParameter(f"'{text}' is not a status from 200 to 599")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The options of the answer; `delay` in seconds."""

    status: Annotated[
        int | None, Option("--status", metavar="STATUS", parser=_status, help="Answer with this status.")
    ] = None
    body: Annotated[
        str | None, Option("--body", metavar="TEXT", help="Answer with this body; @FILE reads a file, @- stdin.")
    ] = None
    json_body: Annotated[str | None, Option("--json-body", metavar="JSON", help="Answer with this body of JSON.")] = (
        None
    )
    headers: Annotated[
        list[str] | None,
        Option("--header", "-H", metavar="'NAME: VALUE'", help="Answer with this header; repeatable."),
    ] = None
    delay: Annotated[
        float, Option("--delay", metavar="DURATION", parser=durations.seconds, help="Answer late: 300ms, 2s.")
    ] = 0
    fault: Annotated[
        str | None, Option("--fault", metavar="KIND", help="Break it: malformed, truncated, empty, reset, garbage.")
    ] = None

    @property
    def is_given(self) -> bool:
        """Whether an option gives a part of it."""
        parts = (self.status, self.body, self.json_body, self.fault)
        return bool(self.headers or self.delay) or any(one is not None for one in parts)

    def response(self) -> dict[str, Any]:
        """The response; raises UsageError for options that contradict one another."""
        if self.fault is not None:
            return self._failure(self.fault)
        return accepted(
            lambda: reply(
                200 if self.status is None else self.status,
                json=UNSAID if self.json_body is None else option_values.json("--json-body", self.json_body),
                body=None if self.body is None else _text(self.body),
                headers=option_values.pairs(self.headers, ":"),
                delay=self.delay,
            )
        )

    def _failure(self, fault: str) -> dict[str, Any]:
        if self.headers or any(one is not None for one in (self.status, self.body, self.json_body)):
            raise UsageError("--fault is a whole answer", hint="with --delay, and without a status, body or header")
        status = fault.removeprefix("status=")
        if status.isdigit() or fault.partition("=")[0] in faults.KINDS.keys() - KINDS:
            hint = f"--status {status}" if status.isdigit() else f"localenv fault UPSTREAM {fault}"
            raise UsageError(f"--fault takes one of {', '.join(KINDS)}", hint=hint)
        return accepted(lambda: failure(fault, slow=self.delay))


@dataclass(frozen=True, kw_only=True)
class Matching:
    """The options that narrow the requests to answer."""

    match_query: Annotated[
        list[str] | None, Option(metavar="NAME=VALUE", help="Only requests with this query parameter; repeatable.")
    ] = None
    match_header: Annotated[
        list[str] | None, Option(metavar="'NAME: VALUE'", help="Only requests with this header; repeatable.")
    ] = None
    match_json: Annotated[
        str | None, Option(metavar="JSON", help="Only requests whose body contains this; it may contain more.")
    ] = None

    @property
    def is_given(self) -> bool:
        """Whether there is such an option."""
        return bool(self.match_query or self.match_header or self.match_json)

    def pattern(self, words: Sequence[str]) -> dict[str, Any]:
        """The request pattern of the words `UPSTREAM [METHOD] [PATH]`; raises UsageError for others."""
        method, path = _target(words)
        return Wanted(
            method=method,
            path=path,
            query=option_values.pairs(self.match_query, "="),
            headers=option_values.pairs(self.match_header, ":"),
            json=UNSAID if self.match_json is None else option_values.json("--match-json", self.match_json),
        ).pattern()


def _target(words: Sequence[str]) -> tuple[str, str]:
    """The method and the path of `UPSTREAM [METHOD] [PATH]`."""
    if not words:
        raise UsageError("missing UPSTREAM", hint="localenv stub UPSTREAM [METHOD] [PATH] --status 503")
    rest = list(words[1:])
    method = rest.pop(0).upper() if rest and not rest[0].startswith("/") else "ANY"
    if method not in METHODS or len(rest) > 1:
        wrong = rest[1] if method in METHODS else words[1]
        hint = "localenv stub UPSTREAM [METHOD] [PATH], PATH begins with /"
        raise UsageError(f"unknown method '{wrong}'", hint=hint)
    return method, rest[0] if rest else ""


def one_to_nine(text: str | int) -> int:
    """A number from 1 to 9; raises BadParameter."""
    if str(text) in tuple("123456789"):
        return int(text)
    raise BadParameter(f"'{text}' is not a number from 1 to 9")


def mappings(file: str) -> list[dict[str, Any]]:
    """One mapping, or an object with several, in WireMock's file format; raises UsageError."""
    written = option_values.json(file, option_values.read(file))
    found = written.get("mappings", [written]) if isinstance(written, dict) else written
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UsageError(f"{file} holds no mapping", hint='{"request": {…}, "response": {…}}')
    return found


def accepted(make: Callable[[], _T]) -> _T:
    """The result, with the options' names in an error."""
    try:
        return make()
    except ValueError as error:
        text = str(error).replace("slow=SECONDS", "--delay").replace("use a status", "use --status")
        raise UsageError(text) from error


def _text(body: str) -> str:
    try:
        return option_values.content(body).decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {body[1:]}: {error}") from error
