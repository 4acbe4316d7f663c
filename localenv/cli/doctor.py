"""`localenv doctor`."""

import json as json_
import sys
from typing import Annotated, Any

import typer
from typer import Argument

from localenv import redaction
from localenv.cli import completing, options
from localenv.console.ink import Ink
from localenv.engines.examining import CheckResult, Health
from localenv.environment import doctor
from localenv.environment.doctor import Examination

_STYLES = {Health.OK: "green", Health.WARNING: "yellow", Health.PROBLEM: "red"}


def command(
    env: Annotated[
        str | None,
        Argument(metavar="[ENV]", help="A description. [default: local]", autocompletion=completing.environments),
    ] = None,
    option: options.EnvOption = None,
    engine: options.EngineOption = None,
    json: options.JsonOption = False,
) -> None:
    """Show what this machine can do, and what prevents `up`, and how to fix it.

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
    for one in found.results:
        print(f"{ink(f'{one.health:8}', _STYLES[one.health])} {one.name:{longest}}  {_line(one.found)}")
        if one.hint and one.health is not Health.OK:
            print(f"{'':8} {'':{longest}}  {ink('→', 'cyan')} {_line(one.hint)}")
    print()
    print(verdict(found))


def verdict(found: Examination) -> str:
    """What `up` would do now."""
    if not found.problems:
        return f"localenv up would use engine {found.engine}"
    count = len(found.problems)
    return f"localenv up would fail: {count} problem{'s' * (count > 1)}, the first: {_line(found.problems[0].found)}"


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
