"""`localenv explain`."""

import sys
from typing import Annotated

import typer
from typer import Argument, Option

from localenv import Environment
from localenv.cli import completing, documents, options
from localenv.cli.looking import attach
from localenv.cli.option_values import content, pairs
from localenv.console.explanations import explained
from localenv.console.failures import not_reloaded
from localenv.errors import UsageError, shown
from localenv.stubs.explanation import Explanation
from localenv.stubs.trial import Trial


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [UPSTREAM] [ID | METHOD URL]",
            help="A request: its ID as in `requests --json`, or POST /charges. [default: the last unmatched one]",
            autocompletion=completing.upstreams,
        ),
    ] = None,
    header: Annotated[
        list[str] | None,
        Option("--header", "-H", metavar="'NAME: VALUE'", help="With METHOD URL: a header; repeatable."),
    ] = None,
    body: Annotated[
        str | None, Option("--body", metavar="TEXT", help="With METHOD URL: its body; @FILE reads a file, @- stdin.")
    ] = None,
    save: Annotated[
        bool, Option("--save", help="Save the stub to paste in the upstream's own folder, and load it.")
    ] = False,
    json: options.JsonOption = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Explain which stub answers a request, or why none does, with a stub to paste.

    localenv explain payments POST /charges --body '{"amount": 4950}'

    A given request is compared only: nothing is answered, counted or changed by it.
    """
    env, rest = options.apart(words or (), option)
    found = attach(options.request(env, name))
    one = _explained(found, rest, header, body)
    if one is None:
        _none(json=json)
        return
    saved = found.save_stub(one) if save else None
    refused = found.saved_stubs().reload(one.upstream).get(one.upstream) if saved else None
    if refused:
        print(not_reloaded(one.upstream, refused, sys.stderr), file=sys.stderr)
    if json:
        document = one.document() | {"saved": str(saved) if saved else None}
        documents.show(document)
        return
    print(explained(one, found.stack, sys.stdout))
    if saved:
        print(f"saved {shown(saved)}{'' if refused else ', which answers now'}; fill in its response")


def _explained(found: Environment, rest: list[str], headers: list[str] | None, body: str | None) -> Explanation | None:
    upstream = rest.pop(0) if rest and rest[0] in found.stack.upstreams else ""
    if len(rest) > 2:
        raise UsageError(f"unexpected argument '{rest[2]}'", hint="localenv explain [UPSTREAM] [ID | METHOD URL]")
    if len(rest) == 2:
        method, url = rest
        trial = Trial(method=method.upper(), url=_url(url), headers=pairs(headers, ":"), body=content(body or ""))
        return found.explain(upstream, trial=trial)
    if headers or body is not None:
        raise UsageError("--header and --body need METHOD URL", hint="localenv explain UPSTREAM POST /path --body TEXT")
    return found.explain(upstream, id=rest[0] if rest else "")


def _url(text: str) -> str:
    if not text.startswith(("/", "http://", "https://")):
        raise UsageError(f"'{text}' is not a URL", hint="a path such as /charges, or http://UPSTREAM/charges")
    return text


def _none(*, json: bool) -> None:
    if json:
        print("null")
    else:
        typer.echo("no unmatched request", err=True)
