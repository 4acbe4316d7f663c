"""`localenv check`."""

import json as json_
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from localenv import Request
from localenv.cli import checking_runs, completing, options, verifying
from localenv.cli.checking_runs import RunningChecks
from localenv.cli.verifying import Pact
from localenv.console import failures
from localenv.engines import choosing
from localenv.engines.choosing import ENGINES
from localenv.environment import contract_lock, lifecycle
from localenv.environment.locating import Target, descriptions, locate
from localenv.environment.up.preparing import stack
from localenv.errors import DescriptionError, EngineError, LocalenvError, NotReadyError, UnfitError, UsageError, shown
from localenv.errors.counting import counted
from localenv.errors.problems import Problem, bounded
from localenv.rendering import buildable
from localenv.stack import Stack, Upstream
from localenv.stubs import contracts, shadowing, sources, templating, unmatchable
from localenv.stubs.sources.kind import Loaded


def command(
    envs: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV]...", help="Descriptions. [default: all in envs/]", autocompletion=completing.environments
        ),
    ] = None,
    *,
    option: options.EnvOption = None,
    json: options.JsonOption = False,
    profile: options.ProfileOption = None,
    engine: Annotated[
        str | None,
        Option(
            metavar="ENGINE",
            help="Also report what this engine cannot run on this machine.",
            autocompletion=completing.one_of(*ENGINES),
        ),
    ] = None,
    pact: Pact,
    running: RunningChecks,
    update: Annotated[bool, Option("--update", help="Accept changed contracts: write contracts.lock.")] = False,
    name: options.Name = None,
) -> None:
    """Check the descriptions and their stubs for mistakes; starts nothing.

    With --engine, also reports what that engine cannot run on this machine. With --traffic, --unused or --pact, looks
    at a running environment instead, and exits with 1 if a contract is violated.
    """
    envs = [*(envs or ()), *([option] if option else [])]
    if running.is_given:
        checking_runs.check(envs, name, running, json=json)
    elif pact.is_wanted():
        verifying.verify(envs, name, pact, json=json)
    else:
        targets = [locate(one) for one in envs] if envs else [locate(str(file)) for file in descriptions()]
        if not targets:
            raise UsageError("no descriptions in envs/", hint="to write one: localenv init")
        found = {target.file: _checked(target, profile, engine, update=update) for target in targets}
        if update:
            _accept(targets, found, is_all=not envs)
        _show(found, json=json)
        _raise(found.values())


_Read = Mapping[str, Sequence[Loaded]]  # by upstream


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """The problems and warnings of a description."""

    problems: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    stack: Stack | None = None
    is_of_machine: bool = False  # the problems are what the engine lacks on this machine


def _show(found: Mapping[Path, _Checked], *, json: bool) -> None:
    if json:
        print(json_.dumps([_document(file, one) for file, one in found.items()], indent=2))
        return
    for file, one in found.items():
        if not one.problems:
            print(f"ok {shown(file)}")
    for warning in dict.fromkeys(warning for one in found.values() for warning in one.warnings):
        print(failures.warning(str(warning), sys.stderr), file=sys.stderr)


def _raise(found: Iterable[_Checked]) -> None:
    """Raise DescriptionError for problems."""
    failing = [one for one in found if one.problems]
    problems = list(dict.fromkeys(problem for one in failing for problem in one.problems))
    if failing and not any(one.is_of_machine for one in failing):
        raise DescriptionError(problems)
    if failing:
        is_whole = all(one.is_of_machine for one in failing)
        raise DescriptionError(problems, what="problem", of="on this machine" if is_whole else "")


def _accept(targets: Sequence[Target], found: Mapping[Path, _Checked], *, is_all: bool) -> None:
    """Accept the contracts of every description without mistakes."""
    for envs in dict.fromkeys(target.file.parent for target in targets):
        stacks = [one.stack for file, one in found.items() if file.parent == envs and one.stack]
        is_whole = is_all and all(one.stack for file, one in found.items() if file.parent == envs)
        for file, count in contract_lock.accept(stacks, envs, is_all=is_whole).items():
            what = "new" if count is None else counted(count, "change")
            print(f"accepted {shown(file)} ({what})", file=sys.stderr)


def _checked(target: Target, profiles: list[str] | None, engine: str | None, *, update: bool) -> _Checked:
    request = Request(target=target, profiles=tuple(profiles or ()), engine=engine)
    try:
        prepared = lifecycle.plan(request, on=choosing.choose(engine).engine) if engine else None
        planned = prepared.stack if prepared else stack(request)
    except DescriptionError as error:
        return _Checked(problems=error.problems)
    except LocalenvError as error:
        parts = error.parts if isinstance(error, UnfitError) else [error]
        is_of_machine = isinstance(error, EngineError | NotReadyError)
        return _Checked(problems=[Problem(one.message, hint=one.hint) for one in parts], is_of_machine=is_of_machine)
    of_engine = map(Problem, prepared.limits) if prepared else _natively(planned)
    upstreams = planned.upstreams.items()
    read = {name: sources.read(one) for name, one in upstreams}
    problems = bounded(problem for name, one in upstreams for problem in contracts.mistakes(one, read[name]))
    locked = [] if update else [*contract_lock.differences(planned, target.file.parent)]
    problems += bounded(one.problem for one in locked if one.is_mistake)
    words = (one.problem for one in locked if not one.is_mistake)
    warnings = bounded(chain(of_engine, _unused(planned, read), _of_stubs(read), words), "warnings")
    return _Checked(problems=problems, warnings=warnings, stack=planned)


def _of_stubs(read: _Read) -> Iterator[Problem]:
    """What is served differently from what files say, and mappings that never answer."""
    for each in read.values():
        for one in each:
            yield from sources.warnings(one.source)
        yield from shadowing.shadowed(each)


def _natively(planned: Stack) -> Iterator[Problem]:
    """Problems that only Docker Compose has, for a stack that the native engine can run."""
    for one in buildable.problems(planned.services.values()):
        yield replace(one, message=f"{one.message}: it runs natively only")


def _unused(planned: Stack, read: _Read) -> Iterable[Problem]:
    """Templates that WireMock would send unresolved, or answer with an error, and stubs that match nothing."""
    upstreams = planned.upstreams.items()
    found = bounded((each for name, one in upstreams for each in _templates(one, read[name])), "warnings")
    return sorted(found, key=lambda problem: (problem.at is not None, problem.at))


def _templates(upstream: Upstream, read: Sequence[Loaded]) -> Iterator[Problem]:
    yield from templating.unused(upstream, read)
    yield from templating.broken(upstream, read)
    yield from unmatchable.broken(read)


def _document(file: Path, one: _Checked) -> dict[str, Any]:
    """`{file, problems: [{message, hint, file, line, column}], warnings: [the same]}`."""
    sections = {"problems": one.problems, "warnings": one.warnings}
    return {"file": str(file), **{key: [_as_json(problem) for problem in found] for key, found in sections.items()}}


def _as_json(problem: Problem) -> dict[str, Any]:
    at = problem.at
    place = {"file": str(at.file), "line": at.line, "column": at.column} if at else {}
    return {"message": problem.message, "hint": problem.hint, "file": None, "line": None, "column": None, **place}
