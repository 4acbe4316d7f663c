"""Checks across parts of a description: cycles, duplicate ports, features of kinds, services outside of profiles."""

from collections.abc import Callable, Mapping, Sequence

from localenv.description import names
from localenv.description.draft import Draft
from localenv.description.need import NeedModel
from localenv.description.raw import described
from localenv.description.service import BuildModel, ServiceModel
from localenv.description.words import SECTIONS
from localenv.errors.problems import Position
from localenv.needs import Kind
from localenv.needs.kinds import KINDS
from localenv.sources import Items, Node, Table
from localenv.stack import order


def check(draft: Draft, profiles: Sequence[str]) -> None:
    """Report every such mistake."""
    _dependencies(draft, "services", {name: list(one.depends_on) for name, one in draft.services.items()})
    _dependencies(draft, "jobs", {name: list(one.depends_on) for name, one in draft.jobs.items()})
    _published(draft)
    _builds(draft)
    _hosts(draft)
    _needs(draft)
    _jobs_and_smoke(draft)
    _inactive(draft, profiles)


def is_active(profiles: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether something with these profiles is included when those are requested."""
    return not profiles or "*" in asked or bool(set(profiles) & set(asked))


def _dependencies(draft: Draft, section: str, graph: Mapping[str, list[str]]) -> None:
    for name, others in graph.items():
        for number, other in enumerate(others):
            at = _dependency_at(draft, section, name, number, other)
            known_as = draft.sections.get(other)
            if known_as is None:
                known = [one for one, where in draft.sections.items() if where == section]
                draft.problems.append(names.unknown(other, known, SECTIONS[section], at))
            elif known_as != section:
                hint = "needs, stubs and jobs are always ready before a service starts" if section == "services" else ""
                message = f"'{other}' is a {SECTIONS[known_as]}; expected a {SECTIONS[section]}"
                draft.problem(message, at, hint or "jobs run after migrate and seed, and before services")
    for cycle in order.cycles(graph):
        at = _dependency_at(draft, section, cycle[0], graph[cycle[0]].index(cycle[1]), cycle[1])
        draft.problem(f"circular depends_on: {' → '.join(cycle)}", at, "remove one of them")


def _dependency_at(draft: Draft, section: str, name: str, number: int, other: str) -> Position:
    whole = draft.tree[section]
    node: Node | None = whole[name] if isinstance(whole, Table) else None
    written = node.get("depends_on") if isinstance(node, Table) else None
    if isinstance(written, Items):
        return draft.at(section, name, "depends_on", number)
    return draft.at(section, name, "depends_on", other, of_key=True)


def _published(draft: Draft) -> None:
    taken: dict[int, str] = {}
    for name, service in draft.services.items():
        pinned: dict[tuple[str, ...], int | None] = {("publish",): service.publish}
        pinned |= {("ports", key, "publish"): one.publish for key, one in service.ports.items()}
        for where, port in pinned.items():
            mine = ".".join((name, *where[1:2]))
            other = taken.setdefault(port, mine) if port else mine
            if other != mine:
                hint = "without publish: a free port is chosen and kept"
                at = draft.at("services", name, *where)
                draft.problem(f"port {port} is already published by service '{other}'", at, hint)
        _distinct(draft, name, service)


def _distinct(draft: Draft, name: str, service: ServiceModel) -> None:
    """Further ports must be distinct."""
    taken = {service.port: "port"}
    for key, one in service.ports.items():
        other = taken.setdefault(one.port, key)
        if other != key:
            at = draft.at("services", name, "ports", key)
            draft.problem(f"port {one.port} of '{name}' is set twice: {other} and {key}", at, "remove one")


def _builds(draft: Draft) -> None:
    """Secrets of a build must exist, and SSH agents require the user's permission."""
    built: dict[tuple[str, ...], BuildModel | None] = {
        ("services", name): one.build for name, one in draft.services.items()
    }
    built |= {("upstreams", name, "real"): one.real.build for name, one in draft.upstreams.items() if one.real}
    for where, build in built.items():
        for number, secret in enumerate(build.secrets if build else ()):
            if draft.sections.get(secret) != "secrets":
                known = [one for one, section in draft.sections.items() if section == "secrets"]
                at = draft.at(*where, "build", "secrets", number)
                draft.problems.append(names.unknown(secret, known, "secret", at))
        if build and build.ssh and "ssh" not in draft.bounds.permissions:
            at = draft.at(*where, "build", "ssh", of_key=True)
            message = f"{SECTIONS[where[0]]} '{where[1]}' may not use 'ssh': it lets its build log in elsewhere as you"
            draft.problem(message, at, draft.bounds.allowing("permissions", "ssh"))


def _hosts(draft: Draft) -> None:
    """A host belongs to one upstream only; the name of each upstream belongs to itself."""
    taken = {name: name for name in draft.upstreams}
    for name, upstream in draft.upstreams.items():
        for number, host in enumerate(upstream.hosts):
            other = taken.setdefault(host.lower(), name)
            if other != name:
                at = draft.at("upstreams", name, "hosts", number)
                draft.problem(f"host '{host}' means upstream '{other}' already", at, "remove it from one of them")


def _needs(draft: Draft) -> None:
    for name, model in draft.needs.items():
        kind = KINDS[model.kind]
        lacking: dict[str, bool] = {
            "user": model.user is not None and not (kind.login and kind.login.has_user),
            "password": model.password is not None and kind.login is None,
            "database": model.databases is not None and not kind.has_databases,
            "extensions": bool(model.extensions) and not (kind.sql and kind.sql.HAS_EXTENSIONS),
        }
        for key, wrong in lacking.items():
            if wrong:
                at = draft.at("needs", name, key, of_key=True)
                if key == "database":
                    at = max(at, draft.at("needs", name, "databases", of_key=True))
                draft.problem(f"{model.kind} has no {key}", at, "remove it")
        _settings(draft, name, model, kind)
        if model.user and not model.image and kind.login and (hint := kind.login.refusal(model.user)):
            draft.problem(
                f"user {described(model.user)} is not allowed for {model.kind}", draft.at("needs", name, "user"), hint
            )


def _settings(draft: Draft, name: str, model: NeedModel, kind: Kind) -> None:
    if model.settings and not kind.settings:
        hint = "to configure it, run it as a service with image:"
        draft.problem(f"{model.kind} takes no settings here", draft.at("needs", name, "settings", of_key=True), hint)
        return
    for setting in model.settings:
        if kind.settings and (instead := kind.settings.taken(setting)):
            at = draft.at("needs", name, "settings", setting, of_key=True)
            draft.problem(f"setting '{setting}' is set by localenv", at, instead)


def _jobs_and_smoke(draft: Draft) -> None:
    for name, job in draft.jobs.items():
        if job.file:
            draft.problem(f"job '{name}' is a file; only needs load files", job.at, "move it to seed: of a need")
        _after_jobs_of_states(draft, name)
    for name, need in draft.needs.items():
        for number, step in enumerate((*need.migrate, *need.seed)):
            if step.states and number < len(need.migrate):
                hint = "only seeds and jobs have them"
                draft.problem(f"step {number + 1} of need '{name}' has states:", step.at, hint)
            if step.depends_on:
                draft.problem(
                    f"step {number + 1} of need '{name}' has depends_on:",
                    step.at,
                    "steps run in their order in the file",
                )
    for number, smoke in draft.smoke.items():
        if smoke.upstream and draft.sections.get(smoke.upstream) != "upstreams":
            known = [one for one, section in draft.sections.items() if section == "upstreams"]
            at = draft.at("smoke", number, "upstream")
            draft.problems.append(names.unknown(smoke.upstream, known, "upstream", at))


def _after_jobs_of_states(draft: Draft, name: str) -> None:
    job = draft.jobs[name]
    for number, other in enumerate(job.depends_on) if not job.states else ():
        if other in draft.jobs and draft.jobs[other].states:
            at = draft.at("jobs", name, "depends_on", number)
            draft.problem(f"job '{other}' runs for provider states alone", at, "remove it here, or its states:")


def _inactive(draft: Draft, profiles: Sequence[str]) -> None:
    active: Callable[[str], bool] = lambda name: is_active(draft.services[name].profiles, profiles)  # noqa: E731
    for name, model in draft.services.items():
        if not active(name) or name in draft.malformed:
            continue
        for number, other in enumerate(model.depends_on):
            if other in draft.services and not active(other):
                needed = draft.services[other].profiles[0]
                at = _dependency_at(draft, "services", name, number, other)
                draft.problem(
                    f"service '{other}' runs only with --profile {needed}", at, f"add the profile to '{name}' too"
                )
