"""`localenv check`."""

import json as json_
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from localenv import Request
from localenv.cli import completing, options
from localenv.environment import lifecycle
from localenv.environment.locating import Target, descriptions, locate
from localenv.environment.up.preparing import stack
from localenv.errors import DescriptionError, LocalenvError, Problem, shown
from localenv.rendering import buildable


def command(
    envs: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV]...", help="Descriptions. [default: all in envs/]", autocompletion=completing.environments
        ),
    ] = None,
    json: options.Json = False,
    profile: options.Profile = None,
    engine: Annotated[
        str | None, Option(metavar="ENGINE", help="Also find what this engine cannot run on this machine.")
    ] = None,
) -> None:
    """Check the descriptions for mistakes; starts nothing.

    With --engine also for what that engine cannot run on this machine.
    """
    targets = [locate(one) for one in envs] if envs else [locate(str(file)) for file in descriptions()]
    found = {target.file: _problems(target, profile, engine) for target in targets}
    if json:
        print(json_.dumps([_document(file, problems) for file, problems in found.items()], indent=2))
    else:
        for file, problems in found.items():
            if not problems:
                print(f"ok {shown(file)}")
    problems = list(dict.fromkeys(problem for several in found.values() for problem in several))
    if problems:
        raise DescriptionError(problems)


def _problems(target: Target, profiles: list[str] | None, engine: str | None) -> list[Problem]:
    request = Request(target=target, profiles=tuple(profiles or ()), engine=engine)
    try:
        if engine:
            lifecycle.plan(request)
        else:
            _tell(buildable.problems(stack(request).services.values()))
    except DescriptionError as error:
        return list(error.problems)
    except LocalenvError as error:
        return [Problem(error.message, hint=error.hint)]
    return []


def _tell(natively: Iterable[Problem]) -> None:
    """What Docker Compose would refuse, and the native engine runs."""
    for one in natively:
        place = f"{one.at}: " if one.at else ""
        print(f"{place}{one.message}: it runs natively only\n  {one.hint}", file=sys.stderr)


def _document(file: Path, problems: list[Problem]) -> dict[str, Any]:
    """`{file, problems: [{message, hint, file, line, column}]}`."""
    return {"file": str(file), "problems": [_told(problem) for problem in problems]}


def _told(problem: Problem) -> dict[str, Any]:
    at = problem.at
    place = {"file": str(at.file), "line": at.line, "column": at.column} if at else {}
    return {"message": problem.message, "hint": problem.hint, "file": None, "line": None, "column": None, **place}
