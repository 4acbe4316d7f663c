"""Find Pact files, and the interactions in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localenv.errors.problems import KeyPath
from localenv.stubs.sources.documents import StubDocument
from localenv.stubs.sources.documents import read as read_document
from localenv.stubs.sources.folder.files import within

HTTP = "Synchronous/HTTP"
MESSAGES = ("Asynchronous/Messages", "Synchronous/Messages")
VERSIONS = range(1, 5)


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """One interaction of a contract: what is asked and answered, in which state of the provider."""

    index: int
    where: KeyPath
    kind: str
    description: str
    states: tuple[str, ...]  # each with its parameters, if any
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)  # of all states
    plugin: bool = False  # a plugin judges its bodies
    request: Mapping[str, Any] = field(repr=False)
    response: Mapping[str, Any] = field(repr=False)

    @property
    def state(self) -> str:
        """The states of the provider as one; empty for none."""
        return ", ".join(self.states)

    @property
    def title(self) -> str:
        """The description and the state."""
        return f"{self.description} (given {self.state})" if self.states else self.description


@dataclass(frozen=True, kw_only=True)
class PactFile:
    """A contract between a consumer and a provider; `name` is its path below the folder of the source."""

    name: str
    document: StubDocument = field(repr=False)

    @property
    def provider(self) -> str:
        """The name of the provider; empty if it has none."""
        return name_of(self.document.value, "provider")

    @property
    def version(self) -> int | None:
        """The major version of its format; None for one that is not known."""
        return version(self.document.value)

    def interactions(self) -> Iterator[Interaction]:
        """Its interactions, those of messages too."""
        for key in ("interactions", "messages"):
            listed = self.document.value.get(key)
            for index, one in enumerate(listed if isinstance(listed, list) else ()):
                if isinstance(one, Mapping):
                    yield _interaction(one, (key, index), HTTP if key == "interactions" else MESSAGES[0])


def found(path: Path) -> list[Path]:
    """The file itself, or the JSON files in a folder, in lexical order."""
    if path.is_dir():
        return [file for file in within(path, path) if file.suffix == ".json"]
    return [path]


def read(path: Path, file: Path) -> PactFile:
    """Read one file of a source; raises Unreadable."""
    inside = file.relative_to(path).as_posix() if path != file else file.name
    return PactFile(name=f"{path.name}/{inside}" if path != file else inside, document=read_document(file))


def version(value: Any) -> int | None:
    """The major version of a contract; None for one that cannot be read."""
    metadata = value.get("metadata") if isinstance(value, Mapping) else None
    about = metadata if isinstance(metadata, Mapping) else {}
    written = about.get("pactSpecification") or about.get("pact-specification") or {}
    text = written.get("version") if isinstance(written, Mapping) else written
    text = text or about.get("pactSpecificationVersion") or "2"
    major = str(text).partition(".")[0]
    return int(major) if major.isdigit() and int(major) in VERSIONS else None


def name_of(value: Any, role: str) -> str:
    """The name of the provider or consumer; empty if it has none."""
    about = value.get(role) if isinstance(value, Mapping) else None
    name = about.get("name") if isinstance(about, Mapping) else None
    return name if isinstance(name, str) else ""


def _interaction(one: Mapping[str, Any], where: KeyPath, kind: str) -> Interaction:
    def part(key: str) -> Mapping[str, Any]:
        found = one.get(key)
        return found if isinstance(found, Mapping) else {}

    return Interaction(
        index=int(where[-1]),
        where=where,
        kind=str(one.get("type") or kind),
        description=str(one.get("description") or f"interaction {int(where[-1]) + 1}"),
        states=tuple(_states(one)),
        parameters=_parameters(one),
        plugin=has_plugin(one),
        request=_by_type(part("request")) if has_plugin(one) else part("request"),
        response=part("response"),
    )


def has_plugin(one: Mapping[str, Any]) -> bool:
    """Whether rules for the bodies of an interaction are those of a plugin."""
    return isinstance(one.get("pluginConfiguration"), Mapping) and bool(one["pluginConfiguration"])


def _by_type(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request of which only the type of its body is compared."""
    rules = request.get("matchingRules")
    others = rules if isinstance(rules, Mapping) else {}
    return {**request, "matchingRules": {**others, "body": {"$": {"matchers": [{"match": "contentType"}]}}}}


def _parameters(one: Mapping[str, Any]) -> dict[str, Any]:
    listed = one.get("providerStates")
    states = [state for state in listed if isinstance(state, Mapping)] if isinstance(listed, list) else []
    return {
        name: value
        for state in states
        if isinstance(state.get("params"), Mapping)
        for name, value in state["params"].items()
    }


def _states(one: Mapping[str, Any]) -> Iterator[str]:
    """The names of V1's and V2's single state, or of V3's and V4's list."""
    listed = one.get("providerStates", one.get("providerState", one.get("provider_state")))
    for state in listed if isinstance(listed, list) else [listed]:
        if isinstance(state, str) and state:
            yield state
        elif isinstance(state, Mapping) and isinstance(state.get("name"), str):
            yield named(state["name"], state.get("params"))


def named(name: str, parameters: Any) -> str:
    """A state with its parameters: two that differ in these are different states."""
    if not isinstance(parameters, Mapping) or not parameters:
        return name
    return f"{name} ({', '.join(f'{key}: {one}' for key, one in sorted(parameters.items()))})"
