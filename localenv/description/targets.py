"""Check what a `${…}` refers to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from localenv.description.checks import is_active
from localenv.description.draft import SMOKE, Draft
from localenv.description.models import FileModel, NeedModel
from localenv.description.service import ServiceModel
from localenv.description.words import LATER, SECTIONS, suggestion
from localenv.errors.problems import KeyPath
from localenv.needs.kinds import KINDS
from localenv.stack import Reference, Template, templates, walk

REACHED = ("url", "address", "host", "port", "published_url", "published_host", "published_port")

_PAIRS = ("rsa-2048", "ec-p256")


@dataclass(frozen=True, kw_only=True)
class Use:
    """A template and its reader: inside a service or a real server, `${port}` and `${self.url}` are defined."""

    template: Template
    inside: str | None = None  # a service
    is_real: bool = False  # inside a program that is the real server of an upstream; it has a port
    saved: frozenset[str] | None = None  # values that earlier checks save; None outside of checks
    early: str = ""  # a step before anything runs, in which only ${env.X} is known


def check(draft: Draft, profiles: Sequence[str]) -> None:
    """Report every reference to something that does not exist, or to a service outside of these profiles."""
    for use in _uses(draft):
        for reference in use.template.references:
            problem = _problem(draft, use, reference) or _inactive(draft, use, reference, profiles)
            problem = problem or _out_of_reach(draft, use, reference)
            if problem and use.template.at:
                draft.problem(f"{reference} {problem[0]}", use.template.at, problem[1])


def readers(draft: Draft, need: str) -> list[str]:
    """The services that refer to a need, directly or through a file."""
    through = {name for name, file in draft.files.items() if _names(file, {need})}
    return [name for name, model in draft.services.items() if _names(model, {need, *through})]


def _names(value: object, wanted: set[str]) -> bool:
    return any(reference.name in wanted for template in templates(value) for reference in template.references)


def _uses(draft: Draft) -> Iterator[Use]:
    for spot in walk({section: getattr(draft, section) for section in (*SECTIONS, "smoke", "notes")}):
        if isinstance(spot.value, Template):
            inside, saved = _inside(draft, spot.path), _saved(draft, spot.path)
            is_real = spot.path[2:3] == ("real",)
            yield Use(template=spot.value, inside=inside, is_real=is_real, saved=saved, early=_early(spot.path))


def _saved(draft: Draft, path: KeyPath) -> frozenset[str] | None:
    match path:
        case ("smoke", int(number), *_):
            return frozenset(name for earlier, check in draft.smoke.items() if earlier < number for name in check.save)
        case _:
            return None


def _inside(draft: Draft, path: KeyPath) -> str | None:
    """The service in which a path is read."""
    match path:
        case ("services", str(name), *_):
            inside: str | None = name
        case ("needs", str(name), "migrate" | "seed" as stage, int(number), *_):
            inside = getattr(draft.needs[name], stage)[number].service
        case ("jobs", str(name), *_):
            inside = draft.jobs[name].service
        case ("smoke", int(number), "command" | "environment", *_):
            inside = draft.smoke[number].service
        case _:
            inside = None
    return inside if inside in draft.services else None


def _early(path: KeyPath) -> str:
    match path:
        case ("services", _, "image", *_) | ("upstreams", _, "real", "image", *_):
            return "an image is chosen"
        case ("services", _, "build", *_) | ("upstreams", _, "real", "build", *_):
            return "an image is built"
        case ("needs", _, member, *_) if member not in ("migrate", "seed"):
            return "a need starts"
        case _:
            return ""


def _problem(draft: Draft, use: Use, reference: Reference) -> tuple[str, str] | None:
    name, attribute = reference.name, reference.attribute
    if name == "env":
        return None if attribute else ("names no variable", "as in ${env.HOME}")
    if reference.default is not None or reference.message is not None:
        return "has a default; only ${env.…} may have one", "remove the text between the name and }"
    if use.early:
        return f"is not available when {use.early}", "only ${env.…} is allowed here"
    if name == "answer":
        return _answer(draft, use, attribute)
    if name in ("port", "bind", "self"):
        return _own(draft, use, reference)
    if name not in draft.sections:
        return None if name in draft.misplaced else _unknown(draft, reference)
    if not attribute:
        return "needs an attribute", f"as in ${{{name}.{_attributes(draft, name)[0]}}}"
    return _attribute(draft, name, attribute)


def _answer(draft: Draft, use: Use, attribute: str) -> tuple[str, str] | None:
    if use.saved is None:
        return "is only allowed in smoke checks", "it is a value that an earlier check saves of its answer"
    if attribute in use.saved or SMOKE in draft.malformed:
        return None
    known = f"available: {', '.join(sorted(use.saved))}" if use.saved else ""
    return "is not saved by an earlier check", suggestion(attribute, use.saved) or known or "as in save: {token: token}"


def _own(draft: Draft, use: Use, reference: Reference) -> tuple[str, str] | None:
    if use.inside is None and not use.is_real:
        return "is only allowed inside a service", "elsewhere use the name of the service, as in ${api.port}"
    if reference.name == "self":
        return _attribute(draft, use.inside, reference.attribute) if use.inside else _of_real(reference.attribute)
    if reference.attribute:
        return f"has no attribute '{reference.attribute}'", f"as in ${{{reference.name}}}"
    if reference.name == "port" and use.inside and draft.services[use.inside].port is None:
        return f"is not available: service '{use.inside}' has no port:", "add port: the port it listens on"
    return None


def _of_real(attribute: str) -> tuple[str, str] | None:
    known = f"available: {', '.join(REACHED)}"
    return None if attribute in REACHED else (f"is unknown: a real server has no '{attribute}'", known)


def _inactive(draft: Draft, use: Use, reference: Reference, profiles: Sequence[str]) -> tuple[str, str] | None:
    target, reader = draft.services.get(reference.name), draft.services.get(use.inside or "")
    if not target or not reader or use.inside in draft.malformed:
        return None
    if is_active(target.profiles, profiles) or not is_active(reader.profiles, profiles):
        return None
    return f"is only available with --profile {target.profiles[0]}", f"add the profile to service '{use.inside}' too"


def _out_of_reach(draft: Draft, use: Use, reference: Reference) -> tuple[str, str] | None:
    """A service on the host network has no name on the environment's network, and its 127.0.0.1 is another one."""
    target, reader = draft.services.get(reference.name), draft.services.get(use.inside or "")
    if not target or not reader or not _is_on_machine(target) or _is_on_machine(reader):
        return None
    if reference.attribute.startswith("published_"):
        return None
    message = f"cannot be reached from '{use.inside}': '{reference.name}' uses the host's network"
    return message, f"add network_mode: host to '{use.inside}' too, or remove it from '{reference.name}'"


def _is_on_machine(model: ServiceModel) -> bool:
    return model.compose.get("network_mode") == "host"


def _unknown(draft: Draft, reference: Reference) -> tuple[str, str]:
    name = reference.name
    if name in LATER:
        return "is not supported yet", ""
    if not reference.attribute and name.isupper():
        return "is a variable of this machine", f"write ${{env.{name}}}, or $${{{name}}} for the literal text"
    known = ", ".join(sorted(draft.sections)[:8])
    return f"refers to unknown '{name}'", suggestion(name, draft.sections) or f"available: {known}"


def _attribute(draft: Draft, name: str, attribute: str) -> tuple[str, str] | None:
    known = _attributes(draft, name)
    if attribute in known or not _is_well(draft, name):
        return None
    if "." in attribute and name in draft.malformed:  # its port may be what is malformed
        return None
    what = SECTIONS[draft.sections[name]]
    service = draft.services.get(name) if draft.sections[name] == "services" else None
    if service and service.port is None and attribute in REACHED:
        return f"is not available: service '{name}' has no port:", "add port: the port it listens on"
    lacking = f"is unknown: {what} '{name}' has no '{attribute}'"
    return lacking, suggestion(attribute, known) or (f"available: {', '.join(known)}" if known else "")


def _is_well(draft: Draft, name: str) -> bool:
    return any(name in part for part in (draft.services, draft.needs, draft.files, draft.upstreams)) or (
        draft.sections[name] == "jobs"
    )


def _attributes(draft: Draft, name: str) -> tuple[str, ...]:
    match draft.sections[name]:
        case "services":
            service = draft.services.get(name)
            return _of_service(service) if service else REACHED
        case "needs":
            return _of_need(draft.needs[name]) if name in draft.needs else REACHED
        case "secrets" | "configs":
            return _of_file(draft.files.get(name))
        case "jobs":
            return ()
        case _:
            return REACHED


def _of_service(model: ServiceModel) -> tuple[str, ...]:
    """`url`, and `metrics.url` of a further port."""
    own = () if model.port is None else REACHED
    return (*own, *(f"{port}.{attribute}" for port in model.ports for attribute in REACHED))


def _of_need(model: NeedModel) -> tuple[str, ...]:
    kind, is_open = KINDS[model.kind], model.password is not None and not model.password.parts
    login = kind.login if kind.login and (kind.login.is_required or not is_open) else None
    has = {
        "user": login is not None and login.has_user,
        "password": login is not None,
        "database": kind.has_databases and model.databases != (),
    }
    further = (f"{port}.{attribute}" for port in kind.further_ports(model.version) for attribute in REACHED)
    return (*REACHED, *(attribute for attribute, there in has.items() if there), *further)


def _of_file(model: FileModel | None) -> tuple[str, ...]:
    if model is None or not model.generate:
        return ("path",)
    return ("path", "public_path", "value") if model.generate in _PAIRS else ("path", "value")
