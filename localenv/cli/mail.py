"""`localenv mail`."""

import sys
from collections.abc import Iterator
from typing import Annotated

from typer import Argument

from localenv import redaction
from localenv.cli import completing, documents, options
from localenv.cli.looking import attach
from localenv.console.ink import Ink
from localenv.environment.mailing import KIND, Mail
from localenv.errors import UsageError


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [NEED] [ID]",
            help="A mail server, and the start of the ID of a mail. [default: the only one, and all]",
            autocompletion=completing.needs,
        ),
    ] = None,
    json: options.JsonOption = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Show the mails that were sent to a mail server of an environment.

    The newest first; one is shown whole by its ID. ${mail.mailbox.url} is the page, and the API that Mailpit documents.
    """
    env, rest = options.apart(words or (), option)
    found = attach(options.request(env, name))
    need = rest.pop(0) if rest and found.stack.needs.get(rest[0]) else None
    if len(rest) > 1:
        raise UsageError(f"unexpected argument '{rest[1]}'", hint="localenv mail [NEED] [ID]")
    mails = [one for one in found.mails(need) if one.id.startswith(rest[0] if rest else "")]
    if rest and not mails:
        raise UsageError(f"no mail has the id '{rest[0]}', and no {KIND} need has this name", hint="localenv mail")
    if json:
        documents.show([one.document() for one in mails])
        return
    if not mails:
        print("no mails", file=sys.stderr)
    ink = Ink(sys.stdout)
    for one in mails:
        print(redaction.redacted("\n".join(_whole(one, ink) if rest else [_line(one, ink)])))


def _line(one: Mail, ink: Ink) -> str:
    return f"{one.id}  {ink.safe(one.sender)} → {ink.safe(', '.join(one.to))}: {ink.safe(one.subject)}"


def _whole(one: Mail, ink: Ink) -> Iterator[str]:
    heads = {"From": one.sender, "To": ", ".join(one.to), "Date": one.created, "Subject": one.subject}
    for head, text in heads.items():
        yield f"{ink(f'{head}:', 'bold')} {ink.safe(text)}"
    if one.attachments:
        yield f"{ink('Attachments:', 'bold')} {ink.safe(', '.join(one.attachments))}"
    yield ""
    yield ink.safe(one.text or one.html)
