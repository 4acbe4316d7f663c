"""`localenv env`."""

import json as json_
import re
from collections.abc import Mapping
from typing import Annotated

from typer import Argument

from localenv.cli import completing, options
from localenv.environment.lifecycle import attach

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,-]*")


def command(
    service: Annotated[str, Argument(metavar="SERVICE", help="A service.", autocompletion=completing.services)],
    json: options.Json = False,
    env: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Print the variables of a service, with addresses for this machine.

    Includes passwords. The output is dotenv, which a shell reads too: set -a; eval "$(localenv env api)"
    """
    found = attach(options.request(env, name))
    shared, everything = found.variables(), found.variables(service)
    own = {key: text for key, text in everything.items() if shared.get(key) != text}
    print(json_.dumps(own, indent=2) if json else dotenv(own), end="\n" if json else "")


def dotenv(variables: Mapping[str, str]) -> str:
    """Lines of `KEY=value` that a POSIX shell reads back exactly, and readers of dotenv files too."""
    return "".join(f"{key}={_quoted(text)}\n" for key, text in variables.items())


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'
