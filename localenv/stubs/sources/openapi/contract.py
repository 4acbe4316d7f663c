"""What an OpenAPI document says besides its mappings: resources, failures, what is allowed, and its outline."""

from collections.abc import Mapping
from typing import Any

from localenv.stack import StubSource
from localenv.stubs.sources.kind import Digests, DocumentedFailure, Judge
from localenv.stubs.sources.openapi import kept


def resources(source: StubSource) -> list[Mapping[str, Any]]:
    """The paths where something can be created, if it is stateful."""
    return [*kept.kept(source).resources()] if kept.is_stateful(source) else []


def answers(source: StubSource) -> list[DocumentedFailure]:
    """The documented failures."""
    return [DocumentedFailure(**one) for one in kept.kept(source).answers()]


def judge(source: StubSource) -> Judge:
    """Judges by the document."""
    from localenv.stubs.sources.openapi import judging, reading

    return judging.ContractJudge(
        contract=reading.read(source.path), base=kept.base_path(source), is_strict=kept.is_strict(source)
    )


def outline(source: StubSource) -> list[str]:
    """Its operations, parameters, answers and fields."""
    from localenv.stubs.sources.openapi import outlining, reading

    return outlining.outline(reading.read(source.path), kept.base_path(source))


def digests(source: StubSource) -> Digests:
    """Those of what it means and of its words."""
    from localenv.stubs.sources.openapi import meaning, reading

    contract = reading.read(source.path)
    return Digests(meaning.meaning(contract, kept.base_path(source)), meaning.words(contract))
