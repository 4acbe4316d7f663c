"""Mistakes in the arguments and options of a command, in localenv's own style."""

import re
from difflib import get_close_matches
from typing import Any

from localenv.errors import UsageError

_EXTRA = re.compile(r"unexpected extra arguments?(?:\(s\))? \((\S+).*\)")
_MISSING = re.compile(r"missing argument '(?:\[.+?\] )?([^\[ ]+).*'", re.IGNORECASE)
_EXAMPLE = re.compile(r"^localenv .*$", re.MULTILINE)  # in the help of a command
_REMOVING = ("--data", "--all", "--fresh")  # never suggested for a mistyped option


def mistake(error: Any, called: str) -> UsageError:
    """A usage error of Typer, whose `called` command may be unknown to it: an option that is near, else an example."""
    message = error.format_message().removeprefix("Got ").removesuffix(".")
    message, _, possible = message.partition(" (Possible options: ")
    if extra := _EXTRA.fullmatch(message):
        message = f"unexpected argument '{extra[1]}'"
    if missing := _MISSING.fullmatch(message):
        message = f"missing argument '{missing[1]}'"
    message = message[:1].lower() + message[1:]
    wanted = message.rpartition(" ")[2]
    named = [one for one in possible.removesuffix(")").split(", ") if _is_near(one, wanted)]
    example = _EXAMPLE.search(error.ctx.command.help or "") if error.ctx else None
    if named:
        before = f"did you mean {', '.join(named)}? "
    else:  # a wrong value is explained
        before = f"as in {example[0]}; " if example and not message.startswith("invalid value") else ""
    return UsageError(message, hint=f"{before}{error.ctx.command_path if error.ctx else called} --help")


def _is_near(option: str, wanted: str) -> bool:
    return option not in _REMOVING and bool(get_close_matches(wanted.strip("-"), [option.strip("-")]))
