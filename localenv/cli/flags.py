"""`localenv flags`."""

import json as json_
import sys
from collections.abc import Sequence
from typing import Annotated

from typer import Argument, Option

from localenv import Environment, redaction
from localenv.cli import documents, options, owner
from localenv.cli.looking import attach
from localenv.cli.override_list import show, show_removed
from localenv.console.columns import columns, width
from localenv.environment.overrides import flags
from localenv.environment.overrides.entries import Override
from localenv.environment.overrides.flags import FlagState
from localenv.errors import UsageError
from localenv.stubs.flags import given
from localenv.stubs.flags import when as condition

_HINT = "localenv flags set NAME=VALUE"
_NO_VARIANT = "(none)"  # the program's own value applies
_HEADINGS = ("FLAG", "TYPE", "VALUE", "VARIANTS", "RULES", "SET", "EVALUATED")


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [set NAME=VALUE... | unset NAME... | reset]",
            help="Change flags; VALUE is JSON, a text, or the name of a variant. [default: list them]",
        ),
    ] = None,
    *,
    when: Annotated[
        list[str] | None,
        Option(metavar="KEY=VALUE", help="Only where the context has this: email=*@acme.example; repeatable."),
    ] = None,
    seconds: options.LaidFor = None,
    listing: Annotated[bool, Option("--list", help="List the flags.")] = False,
    output: options.Output,
    chosen: options.Chosen,
) -> None:
    """List feature flags and how often each variant was evaluated, or change them.

    localenv flags set new_checkout=true --when email=*@acme.example --for 10m
    """
    env, rest = options.apart(words or (), chosen.option)
    found = attach(options.request(env, chosen.name))
    if rest and listing:
        raise UsageError(f"unexpected argument '{rest[0]}'", hint="localenv flags --list")
    if not rest:
        _list(flags.states(found), json=output.json)
        return
    if rest[0] != "set" and (when or seconds is not None):
        raise UsageError("--when and --for belong to set", hint=_HINT)
    match rest:
        case ["set", *pairs]:
            show(_set(found, pairs, when or (), seconds), output, "set", document=Override.summary)
        case ["unset", _, *_] | ["reset"]:
            show_removed(flags.unset(found, rest[1:]), output, none="no changed flags", document=Override.summary)
        case ["unset"]:
            raise UsageError("missing NAME", hint="localenv flags unset NAME, or flags reset for all")
        case _:
            wrong = rest[-1] if rest[0] == "reset" else rest[0]
            raise UsageError(f"unexpected argument '{wrong}'", hint=f"{_HINT}, unset NAME, or reset")


def _set(found: Environment, words: Sequence[str], when: Sequence[str], seconds: float | None) -> list[Override]:
    pairs = [word.partition("=") for word in words]
    if not pairs or any(not equals or not name for name, equals, _ in pairs):
        raise UsageError("missing NAME=VALUE", hint=_HINT)
    try:
        conditions = [condition(one) for one in when]
    except ValueError as error:
        raise UsageError(str(error)) from error
    known = flags.described(found)
    values = {name: given(known[name], value) if name in known else value for name, _, value in pairs}
    return flags.set_values(found, values, when=conditions, seconds=seconds, owner=owner.of_command())


def _list(states: Sequence[FlagState], *, json: bool) -> None:
    if json:
        documents.show([one.document() for one in states])
        return
    rows = [
        (
            one.name,
            one.kind,
            _value(one),
            ", ".join(one.variants),
            "; ".join(one.rules) or _logic(one),
            "; ".join(f"{each.title} ({each.id}, {each.ending})" for each in one.overrides),
            ", ".join(f"{variant or _NO_VARIANT} {count}" for variant, count in one.counts.items()),
        )
        for one in states
    ]
    print("\n".join(columns(rows, [None] * len(_HEADINGS), headings=_HEADINGS, within=width(sys.stdout))))


def _value(state: FlagState) -> str:
    if not state.enabled:
        return "disabled"
    return json_.dumps(state.value, ensure_ascii=False) if state.variant else _NO_VARIANT


def _logic(state: FlagState) -> str:
    """The rules of a file in flagd's format, without the secrets they compare with."""
    shown = redaction.redacted_logic(state.logic)
    return json_.dumps(shown, ensure_ascii=False) if state.logic else ""
