"""`pact:`, contracts of consumers: a Pact file, or a folder of these, of version 1 to 4."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from localenv.errors import DescriptionError, shown
from localenv.errors.problems import KeyPath, Position, Problem
from localenv.stack import StubSource
from localenv.stubs.sources import contents
from localenv.stubs.sources.documents import StubDocument, Unreadable
from localenv.stubs.sources.kind import Key, SourceMapping, Takes
from localenv.stubs.sources.pact import files
from localenv.stubs.sources.pact.files import HTTP, Interaction, PactFile

KIND = "pact"
KEY = Key(takes=Takes.PATH, is_list=True, help="Pact files, or folders of them: their interactions become stubs.")
OPTIONS: Mapping[str, Key] = {
    "provider": Key(takes=Takes.NAME, help="With pact: only the contracts with this provider. [default: all]"),
}
LAYER = range(30, 40)
LEADS_AWAY = False

contract = None  # a contract of one consumer does not say all that may be asked
parts = None


def check(source: StubSource) -> list[Problem]:
    """Every mistake in its files."""
    from localenv.stubs.sources.pact import checking  # its imports are slow, and few upstreams have contracts

    return checking.check(source.path, _provider(source))


def warnings(source: StubSource) -> list[Problem]:
    """The interactions that are not served: those of messages."""
    from localenv.stubs.sources.pact import checking

    return list(checking.not_served(source.path, _provider(source)))


def digest(source: StubSource) -> str:
    """A hash over the names and contents of its files."""
    return contents.digest((file.name, file) for file in files.found(source.path))


def mappings(source: StubSource) -> list[SourceMapping]:
    """Its mappings, one or two for each interaction."""
    from localenv.stubs.sources.pact import asking, interactions

    found = [
        SourceMapping(
            mapping=served.mapping,
            name=f"{file.name}\n{one.index}\n{served.variant}",
            origin=file.name,
            about={"interaction": one.description, **({"state": one.state} if one.states else {})},
            at=partial(_at, file.document, one.where),
            asked=asking.example(one, file.version or 2),
        )
        for file, one in _interactions(source)
        for served in interactions.served(one, file.version or 2)
    ]
    return sorted(found, key=_conditions, reverse=True)  # the one that asks for more comes first


def bodies(source: StubSource) -> dict[str, Path]:
    """None: bodies are in the mappings."""
    return {}


def watched(source: StubSource) -> tuple[Path, ...]:
    """The file or folder."""
    return (source.path,)


def origin(source: StubSource) -> str:
    """The file or folder."""
    return shown(source.path)


def paste_into(source: StubSource) -> Path | None:
    """None: a contract is written by its consumer."""
    return None


def is_one(source: StubSource) -> bool:
    """Whether a source is one of contracts."""
    return source.kind == KIND


def contracts(source: StubSource) -> Iterator[PactFile]:
    """Its contracts; raises DescriptionError for one that cannot be read."""
    provider = _provider(source)
    for path in files.found(source.path):
        try:
            file = files.read(source.path, path)
        except Unreadable as unreadable:
            raise DescriptionError([unreadable.problem]) from unreadable
        if not provider or file.provider == provider:
            yield file


def _interactions(source: StubSource) -> Iterator[tuple[PactFile, Interaction]]:
    for file in contracts(source):
        yield from ((file, one) for one in file.interactions() if one.kind == HTTP)


def _provider(source: StubSource) -> str:
    return str(source.options.get("provider", ""))


def _conditions(one: SourceMapping) -> int:
    """How much a request has to have."""
    request = one.mapping["request"]
    return sum(len(request.get(key, ())) for key in ("queryParameters", "headers", "bodyPatterns", "formParameters"))


def _at(document: StubDocument, interaction: KeyPath, inside: KeyPath) -> Position:
    """The interaction: its mapping has other parts."""
    return document.at(interaction)
