"""`localenv doctor`."""

import json as json_
import sys
import textwrap
from typing import Annotated, Any

import typer
from typer import Argument

from localenv import redaction
from localenv.cli import completing, options
from localenv.console.columns import width
from localenv.console.ink import Ink
from localenv.engines.examining import CheckResult, Health
from localenv.environment import doctor
from localenv.environment.doctor import Examination
from localenv.errors.counting import counted

_STYLES = {Health.OK: "green", Health.WARNING: "yellow", Health.PROBLEM: "red"}
_NARROWEST = 30  # columns of text


def command(
    env: Annotated[
        str | None,
        Argument(metavar="[ENV]", help="A description. [default: local]", autocompletion=completing.environments),
    ] = None,
    option: options.EnvOption = None,
    engine: options.EngineOption = None,
    json: options.JsonOption = False,
) -> None:
    """Check this machine: what works, what prevents `up`, and how to fix it.

    Exits with 1 if `localenv up` would fail.
    """
    found = doctor.diagnose(options.chosen(env, option), engine)
    if json:
        print(json_.dumps(_document(found), indent=2))
    else:
        _show(found)
    if found.problems:
        raise typer.Exit(1)


def _show(found: Examination) -> None:
    ink = Ink(sys.stdout)
    longest = max(len(one.name) for one in found.results)
    indent = " " * (8 + 1 + longest + 2)
    for one in found.results:
        words = _wrapped(one.found, indent)
        print(f"{ink(f'{one.health:8}', _STYLES[one.health])} {one.name:{longest}}  {words}")
        if one.hint and one.health is not Health.OK:
            print(f"{indent}{ink('→', 'cyan')} {_wrapped(one.hint, f'{indent}  ')}")
    print()
    print(verdict(found))


def verdict(found: Examination) -> str:
    """What `up` would do now."""
    if not found.problems:
        return f"localenv up would use engine {found.engine}"
    count = len(found.problems)
    return f"localenv up would fail: {counted(count, 'problem')}, the first: {_line(found.problems[0].found)}"


def _wrapped(text: str, indent: str) -> str:
    """Lines of the terminal's width; words stay whole."""
    room = max(width(sys.stdout) - len(indent), _NARROWEST)
    lines = textwrap.wrap(_line(text), room, break_long_words=False, break_on_hyphens=False)
    return f"\n{indent}".join(lines)


def _line(text: str) -> str:
    return redaction.redacted(" ".join(text.split()))


def _document(found: Examination) -> dict[str, Any]:
    """`{ok, engine, checks: [{name, engine, state, found, hint}]}`."""
    return {
        "ok": not found.problems,
        "engine": found.engine or None,
        "checks": [_as_json(one) for one in found.results],
    }


def _as_json(one: CheckResult) -> dict[str, Any]:
    return {
        "name": one.name,
        "engine": one.engine or None,
        "state": one.health,
        "found": _line(one.found),
        "hint": _line(one.hint),
    }
