"""`localenv stub`."""

import json as json_
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Annotated, Any

from typer import Argument, Option

from localenv import Environment, redaction
from localenv.cli import completing, durations, options, owner
from localenv.cli.looking import attach
from localenv.cli.stub_words import Answer, Matching, accepted, mappings
from localenv.console import overrides
from localenv.environment import lifecycle, real
from localenv.environment.overrides import Override, OverrideKind
from localenv.errors import LocalenvError, UsageError

Words = Annotated[
    list[str] | None,
    Argument(
        metavar="[ENV] [UPSTREAM] [METHOD] [PATH]",
        help="The requests to answer: POST /charges, /orders/{id}. [default: all]; with --remove also an ID.",
        autocompletion=completing.upstreams,
    ),
]
Status = Annotated[int | None, Option("--status", metavar="STATUS", help="Answer with this status.")]
Body = Annotated[
    str | None, Option("--body", metavar="TEXT", help="Answer with this body; @FILE reads a file, @- stdin.")
]
JsonBody = Annotated[str | None, Option("--json-body", metavar="JSON", help="Answer with this body of JSON.")]
Header = Annotated[
    list[str] | None, Option("--header", "-H", metavar="'NAME: VALUE'", help="Answer with this header; repeatable.")
]
Delay = Annotated[
    float, Option("--delay", metavar="DURATION", parser=durations.seconds, help="Answer late: 300ms, 2s.")
]
Fault = Annotated[
    str | None, Option("--fault", metavar="KIND", help="Break it: malformed, truncated, empty, reset, garbage.")
]
Mapping = Annotated[
    str | None, Option("--mapping", metavar="FILE", help="Add mappings in WireMock's format from a file, - for stdin.")
]
MatchQuery = Annotated[
    list[str] | None, Option(metavar="NAME=VALUE", help="Only requests with this query parameter; repeatable.")
]
MatchHeader = Annotated[
    list[str] | None, Option(metavar="'NAME: VALUE'", help="Only requests with this header; repeatable.")
]
MatchJson = Annotated[
    str | None, Option(metavar="JSON", help="Only requests whose body contains this; it may contain more.")
]
Times = Annotated[
    int | None, Option("--times", metavar="N", help="Answer N requests; then the earlier stubs answer again.")
]
Priority = Annotated[
    int | None,
    Option(metavar="N", min=1, max=9, help="1 has precedence over 9; among equals the newest. [default: 5]"),
]
Remove = Annotated[
    bool, Option("--remove", help="Remove added stubs: all, those of UPSTREAM, or the one with this ID.")
]


def command(
    words: Words = None,
    status: Status = None,
    body: Body = None,
    json_body: JsonBody = None,
    header: Header = None,
    delay: Delay = 0,
    fault: Fault = None,
    mapping: Mapping = None,
    match_query: MatchQuery = None,
    match_header: MatchHeader = None,
    match_json: MatchJson = None,
    times: Times = None,
    priority: Priority = None,
    seconds: options.LaidFor = None,
    remove: Remove = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Add a stub to an upstream while it runs, list the added stubs, or remove them.

    localenv stub payments POST /charges --status 402 --json-body '{"error": "card_declined"}'

    It takes precedence over all stubs of the repository until --remove, `localenv reset`, the end of --for or of the
    environment; one added by a CMD of `localenv run`, until CMD ends. Without an answer, lists the added stubs of all
    upstreams, including those of tests.
    """
    env, rest = options.apart(words or (), option, least=_least(words or (), option, name))
    found = attach(options.request(env, name))
    answer = Answer(status=status, body=body, json_body=json_body, headers=header or (), delay=delay, fault=fault)
    matching = Matching(words=rest, query=match_query or (), headers=match_header or (), json=match_json)
    if remove:
        _show(_removed(found, rest), json=json, quiet=quiet, done="removed")
    elif mapping is None and not answer.is_given and len(rest) == 1 and (removed := _stubbed(found, rest[0])):
        _show(removed, json=json, quiet=quiet, done="the stubs answer again")
    elif mapping is None and not answer.is_given:
        _show(_stubs(found, *rest[:1]), json=json, quiet=False)
    else:
        stubs = _of_file(mapping, matching, answer) if mapping is not None else [_stub(matching, answer)]
        _show([_laid(found, rest[0], stubs, priority, times, seconds)], json=json, quiet=quiet, done="laid")


def _least(words: Sequence[str], option: str | None, name: str | None) -> int:
    """1 if the only word is an upstream, which may be called as a description is."""
    if len(words) != 1 or option is not None:
        return 0
    with suppress(LocalenvError):
        return int(words[0] in lifecycle.look(options.request(None, name)).stack.upstreams)
    return 0


def _of_file(file: str, matching: Matching, answer: Answer) -> list[dict[str, Any]]:
    if len(matching.words) != 1 or answer.is_given or matching.is_narrowed:
        raise UsageError("--mapping holds requests and answers", hint="localenv stub UPSTREAM --mapping FILE")
    return mappings(file)


def _stub(matching: Matching, answer: Answer) -> dict[str, Any]:
    return {"request": matching.pattern(), "response": answer.response()}


def _laid(
    found: Environment,
    upstream: str,
    stubs: list[dict[str, Any]],
    priority: int | None,
    times: int | None,
    seconds: float | None,
) -> Override:
    given = {} if priority is None else {"priority": priority}
    written = [{**one, **given} for one in stubs]
    whose = owner.of_command()
    return accepted(lambda: found.stub(upstream, *written, times=times, seconds=seconds, owner=whose))


def _removed(found: Environment, words: Sequence[str]) -> list[Override]:
    """The removed overrides: all, those of an upstream, or those with an id."""
    if not words or words[0] in found.stack.upstreams:
        laid = _stubs(found, *words[:1])
    else:
        laid = [one for one in _stubs(found) if one.id in words]
        if unknown := set(words) - {one.id for one in laid}:
            raise UsageError(f"no stub was laid with the id '{min(unknown)}'", hint="list them: localenv stub")
    found.unstub(*laid)
    return laid


def _stubbed(found: Environment, upstream: str) -> list[Override]:
    """End the use of its real server, see `localenv real`."""
    return real.back(found, upstream) if upstream in found.stack.upstreams else []


def _stubs(found: Environment, *upstreams: str) -> list[Override]:
    return [one for one in found.overrides(*upstreams) if one.kind is OverrideKind.STUB]


def _show(laid: Iterable[Override], *, json: bool, quiet: bool, done: str = "") -> None:
    if json:
        print(redaction.redacted(json_.dumps([one.document() for one in laid], indent=2, ensure_ascii=False)))
        return
    for one in () if quiet else laid:
        print(overrides.line(one, done))
