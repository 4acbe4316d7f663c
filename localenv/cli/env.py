"""`localenv env`."""

import json as json_
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from typing import Annotated

from typer import Argument, Option

from localenv import Environment
from localenv.cli import completing, options
from localenv.cli.looking import attach
from localenv.console.terminal import exact
from localenv.errors import UsageError

_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,-]*")
_EDITORS = ("vscode", "pycharm")


def command(
    words: Annotated[
        list[str],
        Argument(
            metavar="[ENV] SERVICE",
            help="The environment, and a service in it.",
            autocompletion=completing.services,
        ),
    ],
    form: Annotated[
        str | None,
        Option(
            "--format",
            metavar="FORMAT",
            help="dotenv, json, shell, or an entry for an editor: vscode, pycharm. [default: dotenv]",
            autocompletion=lambda incomplete: completing.one_of(*_FORMS, *_EDITORS)(incomplete),
        ),
    ] = None,
    json: options.JsonOption = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Print the variables of a service, with addresses for this machine.

    Includes passwords. The output is dotenv, which a shell reads too: set -a; eval "$(localenv env api)". For vscode,
    an entry that runs the service in place is merged into .vscode/launch.json; for pycharm, a run configuration is
    written.
    """
    wanted = form or ("json" if json else "dotenv")
    if wanted not in (*_FORMS, *_EDITORS) or (json and wanted != "json"):
        raise UsageError(f"unknown format '{wanted}'", hint=f"available: {', '.join((*_FORMS, *_EDITORS))}")
    env, service = options.one(words, option, "SERVICE")
    found = attach(options.request(env, name))
    shared, everything = found.variables(), found.variables(service)
    if wanted in _EDITORS:
        print(_for_editor(found, service, wanted))
        return
    own = {key: text for key, text in everything.items() if shared.get(key) != text}
    exact(sys.stdout).write(_FORMS[wanted](own))
    left = [key for key in own if not _NAME.fullmatch(key)]
    if left and wanted != "json":
        print(f"left out: {', '.join(map(repr, left))}: no shell has variables of such a name", file=sys.stderr)


def _for_editor(found: Environment, service: str, editor: str) -> str:
    from localenv.environment.here import editors

    repository, env = found.stack.folder, found.record.env
    if editor == "pycharm":
        return editors.write_pycharm(repository, service, env)
    return editors.write_vscode(repository, editors.vscode(service, found.command(service), env))


def dotenv(variables: Mapping[str, str]) -> str:
    """Lines of `KEY=value` that a POSIX shell and dotenv parsers read back exactly.

    Names that are not valid in a shell are left out: it would execute the line.
    """
    return "".join(f"{key}={_quoted(text)}\n" for key, text in variables.items() if _NAME.fullmatch(key))


def shell(variables: Mapping[str, str]) -> str:
    """Lines of `export KEY=value` for a POSIX shell."""
    return "".join(f"export {key}={shlex.quote(text)}\n" for key, text in variables.items() if _NAME.fullmatch(key))


def json_document(variables: Mapping[str, str]) -> str:
    """One JSON object."""
    return f"{json_.dumps(variables, indent=2)}\n"


_FORMS: Mapping[str, Callable[[Mapping[str, str]], str]] = {"dotenv": dotenv, "json": json_document, "shell": shell}


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'
