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
from localenv.environment import lifecycle, stubbing
from localenv.environment.overrides import real
from localenv.environment.overrides.entries import Override, OverrideKind
from localenv.errors import LocalenvError, UsageError
from localenv.stubs import provider_states

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
    state: Annotated[
        str | None,
        Option("--given", metavar="STATE", help="Answer as Pact contracts do in this provider state."),
    ] = None,
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
    is_whole = mapping is not None or state is not None
    if listing and (len(rest) > 1 or remove or is_whole or answer.is_given):
        raise UsageError("--list takes at most an UPSTREAM", hint="localenv stub [UPSTREAM] --list")
    if remove:
        show_removed(_removed(found, rest), output, none=_NONE)
    elif is_whole or answer.is_given:
        _check_whole(rest, mapping, state, is_more=answer.is_given or matching.is_given)
        stubs = _in_state(found, rest[0], state) if state is not None else _given(mapping, rest, matching, answer)
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


def _check_whole(words: Sequence[str], file: str | None, state: str | None, *, is_more: bool) -> None:
    """Raise UsageError for what a file of mappings or a provider state does not go with."""
    if file is not None and (len(words) != 1 or is_more or state is not None):
        raise UsageError("--mapping holds requests and answers", hint="localenv stub UPSTREAM --mapping FILE")
    if state is not None and (len(words) != 1 or is_more):
        raise UsageError(
            "--given takes requests and answers from contracts", hint="localenv stub UPSTREAM --given STATE"
        )


def _in_state(found: Environment, upstream: str, state: str) -> list[dict[str, Any]]:
    [chosen] = stubbing.chosen(found.stack, [upstream])
    return [dict(one) for one in provider_states.mappings(chosen, state)]


def _given(file: str | None, words: Sequence[str], matching: Matching, answer: Answer) -> list[dict[str, Any]]:
    """The mappings of a file, or the one of the options."""
    if file is None:
        return [{"request": matching.pattern(words), "response": answer.response()}]
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
