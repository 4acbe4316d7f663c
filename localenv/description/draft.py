"""A description during loading: its well-formed parts, the keys that are set, and every mistake found."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from localenv.description import extends, flags, messages, recovery
from localenv.description.files import Bounds
from localenv.description.flags import RULES, WrittenFlags
from localenv.description.model import Model
from localenv.description.models import (
    Document,
    FaultsModel,
    FileModel,
    FlagsModel,
    NeedModel,
    NotesModel,
    ScenarioModel,
    ScenariosModel,
    ServiceModel,
    SmokeModel,
    StepModel,
    UpstreamModel,
    WrittenNeed,
    WrittenUpstream,
)
from localenv.description.raw import described
from localenv.description.words import SECTIONS, meant, owner
from localenv.errors.problems import Position, Problem, Problems
from localenv.sources import Items, Table
from localenv.stack import Template
from localenv.stubs.faults import KINDS

M = TypeVar("M", bound=Model)
_EXAMPLES = {
    "services": "api: {build: ..}", "needs": "db: postgres", "upstreams": "payments: {}",
    "jobs": "index: python index.py", "secrets": "key: {generate: password}", "configs": "app: {file: app.ini}",
}  # fmt: skip
_MOST_NAMES = 1000  # in one section: each takes half a millisecond
SMOKE = "smoke"
FLAGS = "flags"  # the key, and the name of the upstream that answers for them


@dataclass(kw_only=True)
class Draft:
    """The well-formed parts; `sections` also has the names of malformed ones, by section."""

    tree: Table
    bounds: Bounds
    environ: Callable[[], Mapping[str, str]]  # the variables that files of variables name
    problems: Problems = field(default_factory=Problems)
    sections: dict[str, str] = field(default_factory=dict)  # name → section
    misplaced: set[str] = field(default_factory=set)  # names in an unknown section
    malformed: set[str] = field(default_factory=set)  # names with a missing part, and SMOKE where a check has one
    loaded: int = 0  # files that fill needs
    services: dict[str, ServiceModel] = field(default_factory=dict)
    needs: dict[str, NeedModel] = field(default_factory=dict)
    secrets: dict[str, FileModel] = field(default_factory=dict)
    configs: dict[str, FileModel] = field(default_factory=dict)
    upstreams: dict[str, UpstreamModel] = field(default_factory=dict)
    jobs: dict[str, StepModel] = field(default_factory=dict)
    smoke: dict[int, SmokeModel] = field(default_factory=dict)
    notes: tuple[Template, ...] = ()
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, Any] | None = None
    scenarios: Mapping[str, ScenarioModel] = field(default_factory=dict)

    @property
    def files(self) -> Mapping[str, FileModel]:
        """Secrets and configs."""
        return {**self.secrets, **self.configs}

    def at(self, *path: str | int, of_key: bool = False) -> Position:
        """The position of the value at a path, or of its key; as precise as the file allows."""
        return messages.place(self.tree, path, self.tree.at, of_key=of_key)

    def problem(self, message: str, at: Position, hint: str = "") -> None:
        """Report a mistake."""
        self.problems.append(Problem(message, at, hint))

    def report(self, problem: Problem | None) -> bool:
        """Report a mistake if there is one; returns whether there was none."""
        if problem:
            self.problems.append(problem)
        return problem is None


def drafted(tree: Table, bounds: Bounds, environ: Callable[[], Mapping[str, str]]) -> Draft:
    """The well-formed parts of a description, with every mistake in the others."""
    draft = Draft(tree=tree, bounds=bounds, environ=environ)
    for key in [*tree]:
        if key not in Document.model_fields and not key.startswith("x-"):
            draft.problems.append(messages.unknown_key(key, Document, (), owner(()), tree.positions[key]))
            _correct(draft, key)
    draft.services = dict(_section(draft, "services", ServiceModel))
    draft.needs = dict(_section(draft, "needs", WrittenNeed))
    draft.secrets = dict(_section(draft, "secrets", FileModel))
    draft.configs = dict(_section(draft, "configs", FileModel))
    draft.upstreams = dict(_section(draft, "upstreams", WrittenUpstream))
    draft.jobs = dict(_section(draft, "jobs", StepModel))
    draft.smoke = dict(_smoke(draft))
    draft.notes = _alone(draft, "notes", NotesModel).notes
    draft.faults = _profiles(draft)
    draft.flags = _flags(draft, _alone(draft, FLAGS, FlagsModel).flags)
    draft.scenarios = _alone(draft, "scenarios", ScenariosModel).scenarios
    if FLAGS in draft.tree:
        draft.sections[FLAGS] = "upstreams"
        draft.upstreams[FLAGS] = WrittenUpstream.model_validate(Table(draft.tree.positions[FLAGS]))
    return draft


def _profiles(draft: Draft) -> Mapping[str, tuple[str, ...]]:
    """The failures by name; a name that is a kind of failure would change what that means."""
    found = _alone(draft, "faults", FaultsModel).faults
    for name in found:
        if name.partition("=")[0] in KINDS:
            at = draft.at("faults", name, of_key=True)
            draft.problem(f"'{name}' is a kind of failure", at, "choose another name")
    return found


def _flags(draft: Draft, written: WrittenFlags | None) -> Mapping[str, Any] | None:
    """The flags of the description, with those of its file below."""
    if written is None or written.file is None:
        return {"flags": written.own, RULES: written.rules} if written else None
    file = draft.bounds.absolute(written.file)
    found: dict[str, Any] = {"flags": {}}
    if draft.report(draft.bounds.problem(file, written.at, "file")):
        try:
            found = flags.of_file(file)
        except ValueError as error:
            draft.problem(f"flags: {error}", written.at, "see `localenv help description`")
    return {**found, "flags": {**found["flags"], **written.own}, RULES: written.rules}


def _correct(draft: Draft, key: str) -> None:
    """Read a misspelt section as the intended one, so that references to its names are not reported as mistakes."""
    section, node = meant(key, SECTIONS), draft.tree[key]
    if section and isinstance(node, Table):
        there = draft.tree.get(section)
        whole = extends.overlaid(there, node, draft.problems) if isinstance(there, Table) else node
        draft.tree.put(section, whole, draft.tree.positions[key])
    elif isinstance(node, Table):
        draft.misplaced |= node.keys()


def _alone(draft: Draft, key: str, model: type[M]) -> M:
    """A key of the description that is not a section, in the model that has only this key."""
    if key not in draft.tree:
        return cast(M, model.model_construct())  # whose validator is not built
    table = Table(draft.tree.positions[key])
    table.put(key, draft.tree[key], draft.tree.positions[key])
    read = recovery.validated(model, (), table, table.at)
    draft.problems.extend(read.problems)
    return read.model or model.model_validate(Table(table.at))


def _section(draft: Draft, section: str, model: type[M]) -> Iterator[tuple[str, M]]:
    table = draft.tree.get(section)
    if table is None:
        return
    if not isinstance(table, Table):
        names = f"a mapping of names, not {described(table)}"
        hint = f"as in {section}: {{{_EXAMPLES[section]}}}" if section in _EXAMPLES else ""
        draft.problem(f"'{section}' must be {names}", draft.tree.positions[section], hint)
        return
    if len(table) > _MOST_NAMES:
        draft.problem(f"'{section}' has more than {_MOST_NAMES:,} entries", draft.tree.positions[section])
        return
    for name, node in table.items():
        if name not in draft.sections:
            draft.sections[name] = section
        elif draft.sections[name] != section:
            first = draft.at(draft.sections[name], name, of_key=True)
            hint = f"a name may be used once; first used in line {first.line}"
            was = SECTIONS[draft.sections[name]]
            draft.problem(f"'{name}' is already the name of a {was}", table.positions[name], hint)
        key = table.positions[name]
        read = recovery.validated(model, (section, name), node, key)
        draft.problems.extend(read.problems)
        if read.problems:
            draft.malformed.add(name)
            table[name] = read.node
        if read.model is not None:
            yield name, read.model.placed(key)


def _smoke(draft: Draft) -> Iterator[tuple[int, SmokeModel]]:
    node = draft.tree.get(SMOKE)
    if node is None:
        return
    checks = list(node) if isinstance(node, Items) else [node]
    if len(checks) > _MOST_NAMES:
        draft.problem(f"'smoke' has more than {_MOST_NAMES:,} entries", draft.tree.positions["smoke"])
        return
    for number, check in enumerate(checks):
        read = recovery.validated(SmokeModel, ("smoke", number), check, check.at)
        draft.problems.extend(read.problems)
        if read.problems:
            draft.malformed.add(SMOKE)
        if read.model is not None:
            yield number, read.model
