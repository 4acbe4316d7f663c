"""A description on its way: what is well-formed so far, what was said at all, and every mistake found."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from localenv.description import messages
from localenv.description.files import Bounds
from localenv.description.model import Model
from localenv.description.models import (
    Document,
    FileModel,
    NeedModel,
    ServiceModel,
    SmokeModel,
    StepModel,
    UpstreamModel,
    WrittenNeed,
)
from localenv.description.raw import described
from localenv.description.words import SECTIONS, owner
from localenv.errors import Position, Problem
from localenv.sources import Items, Node, Table, text_at

M = TypeVar("M", bound=Model)


@dataclass(kw_only=True)
class Draft:
    """The parts that are well-formed; `said` also names those that are not, by section."""

    tree: Table
    bounds: Bounds
    problems: list[Problem] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)  # name → section
    services: dict[str, ServiceModel] = field(default_factory=dict)
    needs: dict[str, NeedModel] = field(default_factory=dict)
    secrets: dict[str, FileModel] = field(default_factory=dict)
    configs: dict[str, FileModel] = field(default_factory=dict)
    upstreams: dict[str, UpstreamModel] = field(default_factory=dict)
    jobs: dict[str, StepModel] = field(default_factory=dict)
    smoke: dict[int, SmokeModel] = field(default_factory=dict)

    @property
    def files(self) -> Mapping[str, FileModel]:
        """Secrets and configs."""
        return {**self.secrets, **self.configs}

    def at(self, *path: str | int, of_key: bool = False) -> Position:
        """Where the value at a path stands, or its key; as near as the file says it."""
        return messages.place(self.tree, path, self.tree.at, of_key=of_key)

    def problem(self, message: str, at: Position, hint: str = "") -> None:
        """Note a mistake."""
        self.problems.append(Problem(message, at, hint))

    def note(self, problem: Problem | None) -> bool:
        """Note a mistake if there is one; whether there was none."""
        if problem:
            self.problems.append(problem)
        return problem is None


def drafted(tree: Table, bounds: Bounds) -> Draft:
    """The well-formed parts of a description, every mistake in the others noted."""
    draft = Draft(tree=tree, bounds=bounds)
    for key in tree:
        if key not in Document.model_fields and not key.startswith("x-"):
            draft.problems.append(messages.unknown_key(key, Document, (), owner(()), tree.positions[key]))
    draft.services = dict(_section(draft, "services", ServiceModel))
    draft.needs = dict(_section(draft, "needs", WrittenNeed))
    draft.secrets = dict(_section(draft, "secrets", FileModel))
    draft.configs = dict(_section(draft, "configs", FileModel))
    draft.upstreams = dict(_section(draft, "upstreams", UpstreamModel))
    draft.jobs = dict(_section(draft, "jobs", StepModel))
    draft.smoke = dict(_smoke(draft))
    return draft


def _section(draft: Draft, section: str, model: type[M]) -> Iterator[tuple[str, M]]:
    table = draft.tree.get(section)
    if table is None:
        return
    if not isinstance(table, Table):
        names = f"a mapping of names, not {described(table)}"
        draft.problem(f"'{section}' must be {names}", draft.tree.positions[section])
        return
    for name, node in table.items():
        if name not in draft.said:
            draft.said[name] = section
        elif draft.said[name] != section:
            first = draft.at(draft.said[name], name, of_key=True)
            hint = (
                f"services, needs, upstreams, secrets, configs and jobs share their names; first in line {first.line}"
            )
            was = SECTIONS[draft.said[name]]
            draft.problem(f"'{name}' is the name of a {was} already", table.positions[name], hint)
        well = _validated(draft, model, (section, name), node, table.positions[name])
        if well is not None:
            yield name, well.placed(table.positions[name])


def _smoke(draft: Draft) -> Iterator[tuple[int, SmokeModel]]:
    node = draft.tree.get("smoke")
    if node is None:
        return
    checks = list(node) if isinstance(node, Items) else [node]
    for number, check in enumerate(checks):
        well = _validated(draft, SmokeModel, ("smoke", number), check, check.at)
        if well is not None:
            yield number, well


def _validated(draft: Draft, model: type[M], path: tuple[str | int, ...], node: Node, key: Position) -> M | None:
    try:
        return model.model_validate(node)
    except ValidationError as error:
        draft.problems.extend(messages.problems(error, model, path, node, key))
        return _rest(model, node, {str(one["loc"][0]) for one in error.errors(include_url=False) if one["loc"]})


def _rest(model: type[M], node: Node, wrong: set[str]) -> M | None:
    """What is well-formed without the keys that are not, so that their mistakes do not hide others."""
    if not isinstance(node, Table) or not wrong:
        return None
    rest = Table(node.at)
    for key, value in node.items():
        if key not in wrong:
            rest.put(key, value, node.positions[key])
        elif key == "port":  # it has one, whatever it is: who refers to it makes no mistake
            rest.put(key, text_at("1", node.positions[key]), node.positions[key])
    with suppress(ValidationError):
        return model.model_validate(rest)
    return None
