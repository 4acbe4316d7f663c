"""`localenv real`."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from typer import Argument, Option

from localenv import Environment, redaction
from localenv.cli import completing, documents, options, owner
from localenv.cli.looking import attach
from localenv.cli.override_list import missing
from localenv.console import overrides
from localenv.console.progress import Form, progress
from localenv.environment.overrides import real
from localenv.environment.overrides.entries import Override, OverrideKind
from localenv.errors import UsageError

_HINT = "localenv real UPSTREAM [URL]"


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [UPSTREAM] [URL]",
            help="The upstream, and its real server. [default: the one in the description]",
            autocompletion=completing.upstreams,
        ),
    ] = None,
    *,
    observe: Annotated[
        bool, Option("--observe", help="Compare its answers with the stubs', and name stubs that differ.")
    ] = False,
    seconds: options.LaidFor = None,
    listing: Annotated[bool, Option("--list", help="List the upstreams whose real servers answer.")] = False,
    output: options.Output,
    chosen: options.Chosen,
) -> None:
    """Let the real server of an upstream answer in the place of its stubs, or list which ones do.

    localenv real inventory

    The address stays, and so do the journal and failures. One that the description gives as an image, a build or
    another environment is started first. `localenv stub inventory` lets the stubs answer again.
    """
    words = words or []
    has_url = len(words) == 2 and "://" in words[1]
    # an upstream may have the name of a description
    env, rest = options.apart(words, chosen.option, least=2 if has_url else 1)
    if len(rest) > 2 or (rest and listing):
        raise UsageError(f"unexpected argument '{rest[-1]}'", hint=_HINT)
    if observe and not rest:
        raise UsageError("missing UPSTREAM", hint="localenv real UPSTREAM --observe")
    found = attach(options.request(env, chosen.name))
    if not rest:
        _show(found, [one for one in found.overrides() if one.kind is OverrideKind.REAL], output)
        return
    with progress(Form.SILENT if output.json or output.quiet else Form.PERSON, spare_stdout=True) as listener:
        reporting, by = replace(found, listener=listener), owner.of_command()
        switched = real.switch(reporting, *rest[:1], url="".join(rest[1:]), observe=observe, owner=by, seconds=seconds)
    if output.json:
        documents.show(switched.override.summary())
    elif not output.quiet:
        print(overrides.shown(switched.override, sys.stdout, "answers now"))


def _show(found: Environment, active: Sequence[Override], output: options.Output) -> None:
    """What is real, and which stubs differ from it."""
    stale = {one.subject: found.stale_stubs(one.subject) for one in active}
    if output.json:
        documents.show([one.summary() | {"stale": [two.document() for two in stale[one.subject]]} for one in active])
        return
    for one in active:
        print(overrides.shown(one, sys.stdout))
        for two in stale[one.subject]:
            print(redaction.redacted(f"  stale stub: {two}"))
    if not active:
        missing("no upstream is switched to its real server", output)
