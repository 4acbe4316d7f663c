"""Scenarios in the format, and the checks that need the rest of the description."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from localenv.description.model import Model
from localenv.description.raw import json_value
from localenv.description.short_forms import Listed
from localenv.description.values import FilePath, Fixed, PlainText, text
from localenv.description.words import suggestion
from localenv.errors.problems import Problem
from localenv.needs import failures
from localenv.needs.kinds import KINDS
from localenv.stack import Scenario, StubSource
from localenv.stubs import faults, flags, sources

if TYPE_CHECKING:
    from localenv.description.draft import Draft

_STUBS = "stubs"  # the kind of a source
_Literal = Annotated[Any, PlainValidator(lambda node: json_value(node, text)), WithJsonSchema({})]


class ScenarioModel(Model):
    """A situation to show: stubs, flags and failures that are active together."""

    EXAMPLE = "{stubs: {payments: ../stubs/declined}}"

    about: Annotated[PlainText, Field(description="What to show, in a line.")] = ""
    stubs: Annotated[
        dict[str, Listed[FilePath]], Field(default_factory=dict, description="WireMock roots to add to upstreams.")
    ]
    flags: Annotated[dict[str, _Literal], Field(default_factory=dict, description="Values of feature flags.")]
    faults: Annotated[
        dict[str, Listed[Fixed]], Field(default_factory=dict, description="Failures of upstreams and needs, in words.")
    ]


class ScenariosModel(Model):
    """Scenarios by name."""

    scenarios: Annotated[
        dict[str, ScenarioModel],
        Field(default_factory=dict, description="Situations to show, for `localenv scenario NAME`."),
    ]


def check(draft: "Draft") -> None:
    """Report every mistake in a scenario."""
    for name, model in draft.scenarios.items():
        for where, problem in (*_stubs(draft, name, model), *_flags(draft, name, model), *_faults(draft, name, model)):
            at = draft.at("scenarios", name, *where, of_key=True)
            draft.problems.append(Problem(f"scenario '{name}': {problem.message}", problem.at or at, problem.hint))


def planned(model: ScenarioModel) -> Scenario:
    """The scenario as a value."""
    return Scenario(
        about=model.about,
        stubs={name: tuple(Path(os.path.normpath(one)) for one in some) for name, some in model.stubs.items()},
        flags=flags.document(model.flags) if model.flags else "",
        faults=model.faults,
    )


_Found = Iterator[tuple[tuple[str, ...], Problem]]


def _stubs(draft: "Draft", name: str, model: ScenarioModel) -> _Found:
    for upstream, folders in model.stubs.items():
        where = ("stubs", upstream)
        if draft.sections.get(upstream) != "upstreams":
            yield where, _unknown("upstream", upstream, draft.upstreams)
        for folder in folders:
            if problem := draft.bounds.problem(folder, draft.at("scenarios", name, *where), "folder"):
                yield where, problem
            else:
                yield from ((where, one) for one in sources.check(StubSource(kind=_STUBS, value=folder)))


def _flags(draft: "Draft", name: str, model: ScenarioModel) -> _Found:
    known: Mapping[str, Any] = (draft.flags or {}).get("flags", {})
    for flag, value in model.flags.items():
        if flag not in known:
            yield ("flags", flag), _unknown("flag", flag, known)
            continue
        try:
            flags.changed(known[flag], value)
        except ValueError as error:
            yield ("flags", flag), Problem(f"flag '{flag}' {error}")


def _faults(draft: "Draft", name: str, model: ScenarioModel) -> _Found:
    for subject, words in model.faults.items():
        if draft.sections.get(subject) not in ("upstreams", "needs"):
            yield ("faults", subject), _unknown("upstream or need", subject, {**draft.upstreams, **draft.needs})
        else:
            try:
                if subject in draft.needs:
                    kind = draft.needs[subject].kind
                    failures.check(kind, KINDS[kind].failures, failures.parsed(words))
                elif subject in draft.upstreams:
                    faults.parsed(words, draft.faults)
            except ValueError as error:
                yield ("faults", subject), Problem(str(error))


def _unknown(what: str, name: str, known: Mapping[str, Any]) -> Problem:
    hint = suggestion(name, known) or f"available: {', '.join(known) or 'none'}"
    return Problem(f"unknown {what} '{name}'", hint=hint)
