"""`localenv env`."""

import json as json_
import re
import sys
from collections.abc import Mapping
from typing import Annotated

from typer import Argument

from localenv.cli import completing, options
from localenv.cli.looking import attach
from localenv.console.terminal import exact

_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,-]*")


def command(
    words: Annotated[
        list[str],
        Argument(
            metavar="[ENV] SERVICE",
            help="The environment, and a service in it.",
            autocompletion=completing.services,
        ),
    ],
    json: options.Json = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Print the variables of a service, with addresses for this machine.

    Includes passwords. The output is dotenv, which a shell reads too: set -a; eval "$(localenv env api)"
    """
    env, service = options.one(words, option, "SERVICE")
    found = attach(options.request(env, name))
    shared, everything = found.variables(), found.variables(service)
    own = {key: text for key, text in everything.items() if shared.get(key) != text}
    if json:
        print(json_.dumps(own, indent=2))
        return
    exact(sys.stdout).write(dotenv(own))
    if left := [key for key in own if not _NAME.fullmatch(key)]:
        print(f"left out: {', '.join(map(repr, left))}: no shell has variables of such a name", file=sys.stderr)


def dotenv(variables: Mapping[str, str]) -> str:
    """Lines of `KEY=value` that a POSIX shell and dotenv parsers read back exactly.

    Names that are not valid in a shell are left out: it would execute the line.
    """
    return "".join(f"{key}={_quoted(text)}\n" for key, text in variables.items() if _NAME.fullmatch(key))


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'
