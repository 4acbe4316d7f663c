"""`localenv stub`."""

import json as json_
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from typer import Argument, Option

from localenv import Environment, redaction
from localenv.cli import completing, durations, options, owner
from localenv.cli.looking import attach
from localenv.console import overrides
from localenv.environment.overrides import Override, OverrideKind
from localenv.errors import UsageError
from localenv.stubs.answers import UNSAID, Wanted, failure, reply

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "ANY")
_T = TypeVar("_T")


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [UPSTREAM] [METHOD] [PATH]",
            help="The requests to answer: POST /charges, /orders/{id}. [default: all]; with --remove also an ID.",
            autocompletion=completing.upstreams,
        ),
    ] = None,
    status: Annotated[int | None, Option("--status", metavar="STATUS", help="Answer with this status.")] = None,
    body: Annotated[
        str | None, Option("--body", metavar="TEXT", help="Answer with this body; @FILE reads a file, @- stdin.")
    ] = None,
    json_body: Annotated[str | None, Option("--json-body", metavar="JSON", help="The same as JSON.")] = None,
    header: Annotated[
        list[str] | None, Option("--header", "-H", metavar="'NAME: VALUE'", help="Answer with this header; repeatable.")
    ] = None,
    delay: Annotated[
        float, Option("--delay", metavar="DURATION", parser=durations.seconds, help="Answer late: 300ms, 2s.")
    ] = 0,
    fault: Annotated[
        str | None,
        Option("--fault", metavar="KIND", help="Break it: malformed, truncated, empty, reset, garbage."),
    ] = None,
    mapping: Annotated[
        str | None, Option("--mapping", metavar="FILE", help="Lay mappings of WireMock's from a file, - for stdin.")
    ] = None,
    match_query: Annotated[
        list[str] | None, Option(metavar="NAME=VALUE", help="Only requests with this query parameter; repeatable.")
    ] = None,
    match_header: Annotated[
        list[str] | None, Option(metavar="'NAME: VALUE'", help="Only requests with this header; repeatable.")
    ] = None,
    match_json: Annotated[
        str | None, Option(metavar="JSON", help="Only requests whose body holds this; it may hold more.")
    ] = None,
    times: Annotated[
        int | None, Option("--times", metavar="N", help="Answer N requests; then the earlier stubs answer again.")
    ] = None,
    priority: Annotated[
        int | None,
        Option(metavar="N", min=1, max=9, help="1 goes first, 9 last; of equal ones the newest. [default: 5]"),
    ] = None,
    seconds: options.LaidFor = None,
    remove: Annotated[
        bool, Option("--remove", help="Take away what was laid: all, that on UPSTREAM, or the one with this ID.")
    ] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Lay a stub on an upstream while it runs, list what was laid, or take it away.

    localenv stub payments POST /charges --status 402 --json-body '{"error": "card_declined"}'

    It goes before all stubs of the repository, at once, until --remove, the end of --for or that of the environment;
    what a CMD of `localenv run` lays, until CMD ends. Without an answer what lies on the upstreams is listed, tests'
    stubs too.
    """
    env, words = options.apart(words or (), option)
    found = attach(options.request(env, name))
    said = words or []
    if remove:
        _show(_removed(found, said), json=json, quiet=quiet, done="removed")
        return
    query, headers = dict(map(_pair("="), match_query or ())), dict(map(_pair(":"), match_header or ()))
    having = UNSAID if match_json is None else _json("--match-json", match_json)
    answers = [status, body, json_body, header, delay or None, fault]
    if mapping is not None:
        if len(said) != 1 or any(one is not None for one in answers) or query or headers or match_json:
            raise UsageError("--mapping holds requests and answers", hint="localenv stub UPSTREAM --mapping FILE")
        stubs = _mappings(mapping)
    elif any(one is not None for one in answers):
        wanted = _wanted(said, query, headers, having)
        stubs = [{"request": wanted.pattern(), "response": _answer(status, body, json_body, header, delay, fault)}]
    else:
        _show(_stubs(found, *said[:1]), json=json, quiet=False)
        return
    given = {} if priority is None else {"priority": priority}
    laid = _accepted(
        lambda: found.stub(
            said[0], *({**one, **given} for one in stubs), times=times, seconds=seconds, owner=owner.of_command()
        )
    )
    _show([laid], json=json, quiet=quiet, done="laid")


def _wanted(said: Sequence[str], query: Mapping[str, str], headers: Mapping[str, str], having: Any) -> Wanted:
    if not said:
        raise UsageError("missing UPSTREAM", hint="localenv stub UPSTREAM [METHOD] [PATH] --status 503")
    rest = list(said[1:])
    method = rest.pop(0).upper() if rest and not rest[0].startswith("/") else "ANY"
    if method not in _METHODS or len(rest) > 1:
        wrong = rest[1] if method in _METHODS else said[1]
        raise UsageError(f"unknown method '{wrong}'", hint="localenv stub UPSTREAM [METHOD] [PATH], PATH begins with /")
    return Wanted(method=method, path=rest[0] if rest else "", query=query, headers=headers, json=having)


def _answer(
    status: int | None,
    body: str | None,
    json_body: str | None,
    header: Sequence[str] | None,
    delay: float,
    fault: str | None,
) -> dict[str, Any]:
    if fault is not None:
        if status is not None or body is not None or json_body is not None or header:
            raise UsageError("--fault is a whole answer", hint="with --delay, and without a status, body or header")
        if fault.isdigit():
            raise UsageError("--fault breaks the answer", hint=f"--status {fault}")
        return _accepted(lambda: failure(fault, slow=delay))
    return _accepted(
        lambda: reply(
            200 if status is None else status,
            json=UNSAID if json_body is None else _json("--json-body", json_body),
            body=None if body is None else _content(body),
            headers=dict(map(_pair(":"), header or ())),
            delay=delay,
        )
    )


def _accepted(make: Callable[[], _T]) -> _T:
    try:
        return make()
    except ValueError as error:
        raise UsageError(str(error).replace("slow=SECONDS", "--delay")) from error


def _removed(found: Environment, said: Sequence[str]) -> list[Override]:
    """The removed overrides: all, those of an upstream, or those with an id."""
    if not said or said[0] in found.stack.upstreams:
        laid = _stubs(found, *said[:1])
        found.unstub(*laid)
    else:
        laid = [one for one in _stubs(found) if one.id in said]
        if unknown := set(said) - {one.id for one in laid}:
            raise UsageError(f"no stub was laid with the id '{min(unknown)}'", hint="list them: localenv stub")
        found.unstub(*laid)
    return laid


def _stubs(found: Environment, *upstreams: str) -> list[Override]:
    return [one for one in found.overrides(*upstreams) if one.kind is OverrideKind.STUB]


def _show(laid: Iterable[Override], *, json: bool, quiet: bool, done: str = "") -> None:
    if json:
        print(redaction.redacted(json_.dumps([one.document() for one in laid], indent=2, ensure_ascii=False)))
        return
    for one in () if quiet else laid:
        print(overrides.line(one, done))


def _mappings(file: str) -> list[dict[str, Any]]:
    """One mapping, or an object with several, in WireMock's file format."""
    try:
        read = json_.loads(_read(file))
    except ValueError as error:
        raise UsageError(f"{file} is not JSON: {error}") from error
    found = read.get("mappings", [read]) if isinstance(read, dict) else read
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UsageError(f"{file} holds no mapping", hint='{"request": {…}, "response": {…}}')
    return found


def _content(text: str) -> str:
    return _read(text[1:]) if text.startswith("@") else text


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file}: {error}") from error


def _json(option: str, text: str) -> Any:
    try:
        return json_.loads(text)
    except ValueError as error:
        raise UsageError(f"{option} is not JSON: {error}") from error


def _pair(separator: str) -> Callable[[str], tuple[str, str]]:
    def split(text: str) -> tuple[str, str]:
        name, found, value = text.partition(separator)
        if not found or not name.strip():
            raise UsageError(f"'{text}' needs a name and a value: NAME{separator}VALUE")
        return name.strip(), value.strip()

    return split
