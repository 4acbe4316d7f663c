"""`localenv stub`."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from typer import Argument, Option

from localenv import Environment
from localenv.cli import completing, durations, options, owner
from localenv.cli.looking import attach
from localenv.cli.override_list import show, show_removed
from localenv.cli.stub_words import Answer, Matching, accepted, mappings, one_to_nine
from localenv.environment import lifecycle
from localenv.environment.overrides import real
from localenv.environment.overrides.entries import Override, OverrideKind
from localenv.errors import LocalenvError, UsageError

_NONE = "no added stubs"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The options that limit an added stub; `seconds` until it is removed."""

    times: Annotated[
        int | None,
        Option(
            "--times",
            metavar="N",
            parser=durations.count,
            help="Answer N requests; then the earlier stubs answer again.",
        ),
    ] = None
    priority: Annotated[
        int | None,
        Option(
            metavar="N",
            parser=one_to_nine,
            help="From 1, before the others, to 9; among equals the newest. [default: 5]",
        ),
    ] = None
    seconds: options.LaidFor = None


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [UPSTREAM] [METHOD] [PATH]",
            help="The requests to answer: POST /charges, /orders/{id}. [default: all]; with --remove also an ID.",
            autocompletion=completing.upstreams,
        ),
    ] = None,
    *,
    answer: Answer,
    mapping: Annotated[
        str | None,
        Option("--mapping", metavar="FILE", help="Add mappings in WireMock's format from a file, - for stdin."),
    ] = None,
    matching: Matching,
    limits: Limits,
    remove: Annotated[
        bool, Option("--remove", help="Remove added stubs: all, those of UPSTREAM, or the one with this ID.")
    ] = False,
    listing: Annotated[bool, Option("--list", help="List added stubs: all, or those of UPSTREAM.")] = False,
    output: options.Output,
    chosen: options.Chosen,
) -> None:
    """Add a stub to an upstream while it runs, list the added stubs, or remove them.

    localenv stub payments POST /charges --status 402 --json-body '{"error": "card_declined"}'

    It takes precedence over all stubs of the repository until --remove, `localenv reset`, the end of --for or of the
    environment; one added by a CMD of `localenv run`, until CMD ends. Without an answer, lists the added stubs of all
    upstreams, including those of tests.
    """
    env, rest = options.apart(words or (), chosen.option, least=_least(words or (), chosen))
    found = attach(options.request(env, chosen.name))
    if listing and (len(rest) > 1 or remove or mapping is not None or answer.is_given):
        raise UsageError("--list takes at most an UPSTREAM", hint="localenv stub [UPSTREAM] --list")
    if remove:
        show_removed(_removed(found, rest), output, none=_NONE)
    elif mapping is not None or answer.is_given:
        stubs = _given(mapping, rest, matching, answer)
        show([_added(found, rest[0], stubs, limits)], output, "added")
    elif len(rest) == 1 and not listing and (ended := _stubbed(found, rest[0])):
        show_removed(ended, output, "the stubs answer again")
    else:
        show(_stubs(found, *rest[:1]), output, none=_NONE)


def _least(words: Sequence[str], chosen: options.Chosen) -> int:
    """1 if the only word is an upstream, which may be called as a description is."""
    if len(words) != 1 or chosen.option is not None:
        return 0
    with suppress(LocalenvError):
        return int(words[0] in lifecycle.look(options.request(None, chosen.name)).stack.upstreams)
    return 0


def _given(file: str | None, words: Sequence[str], matching: Matching, answer: Answer) -> list[dict[str, Any]]:
    """The mappings of a file, or the one of the options."""
    if file is None:
        return [{"request": matching.pattern(words), "response": answer.response()}]
    if len(words) != 1 or answer.is_given or matching.is_given:
        raise UsageError("--mapping holds requests and answers", hint="localenv stub UPSTREAM --mapping FILE")
    return mappings(file)


def _added(found: Environment, upstream: str, stubs: Sequence[dict[str, Any]], limits: Limits) -> Override:
    given = {} if limits.priority is None else {"priority": limits.priority}
    written = [{**one, **given} for one in stubs]
    by = owner.of_command()
    return accepted(lambda: found.stub(upstream, *written, times=limits.times, seconds=limits.seconds, owner=by))


def _removed(found: Environment, words: Sequence[str]) -> list[Override]:
    """The removed overrides: all, those of an upstream, or those with an id."""
    if not words or words[0] in found.stack.upstreams:
        removed = _stubs(found, *words[:1])
    else:
        removed = [one for one in _stubs(found) if one.id in words]
        if unknown := set(words) - {one.id for one in removed}:
            raise UsageError(f"no added stub has the id '{min(unknown)}'", hint="list them: localenv stub")
    found.unstub(*removed)
    return removed


def _stubbed(found: Environment, upstream: str) -> list[Override]:
    """End the use of its real server, see `localenv real`."""
    return real.back(found, upstream) if upstream in found.stack.upstreams else []


def _stubs(found: Environment, *upstreams: str) -> list[Override]:
    return [one for one in found.overrides(*upstreams) if one.kind is OverrideKind.STUB]
