"""`localenv real`."""

import json as json_
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from typer import Argument, Option

from localenv import Environment, redaction
from localenv.cli import completing, options, owner
from localenv.cli.looking import attach
from localenv.console import overrides
from localenv.console.progress import Form, progress
from localenv.environment import real
from localenv.environment.overrides import Override, OverrideKind
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
    observe: Annotated[
        bool, Option("--observe", help="Compare its answers with the stubs', and name stubs that differ.")
    ] = False,
    seconds: options.LaidFor = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Let the real server of an upstream answer in the place of its stubs, or list which ones do.

    localenv real inventory

    The address stays, and so do the journal and failures. One that the description gives as an image, a build or
    another environment is started first. `localenv stub inventory` lets the stubs answer again.
    """
    words = words or []
    has_url = len(words) == 2 and "://" in words[1]
    env, said = options.apart(words, option, least=2 if has_url else 1)  # an upstream may be called as a description
    if len(said) > 2:
        raise UsageError(f"unexpected argument '{said[2]}'", hint=_HINT)
    found = attach(options.request(env, name))
    if not said:
        if observe:
            raise UsageError("missing UPSTREAM", hint="localenv real UPSTREAM --observe")
        _show(found, [one for one in found.overrides() if one.kind is OverrideKind.REAL], json=json, done="")
        return
    with progress(Form.SILENT if json or quiet else Form.PERSON, spare_stdout=True) as listener:
        telling = replace(found, listener=listener)
        laid = real.switch(
            telling, said[0], url=(said[1:] or [""])[0], observe=observe, owner=owner.of_command(), seconds=seconds
        )
    if json:
        print(redaction.redacted(json_.dumps(laid.summary(), indent=2, ensure_ascii=False)))
    elif not quiet:
        print(overrides.line(laid, "answers now"))


def _show(found: Environment, laid: Sequence[Override], *, json: bool, done: str) -> None:
    """What is real, and which stubs differ from it."""
    stale = {one.subject: found.stale_stubs(one.subject) for one in laid}
    if json:
        each = [one.summary() | {"stale": [two.document() for two in stale[one.subject]]} for one in laid]
        print(redaction.redacted(json_.dumps(each, indent=2, ensure_ascii=False)))
        return
    for one in laid:
        print(overrides.line(one, done))
        for two in stale[one.subject]:
            print(redaction.redacted(f"  stale stub: {two}"))
