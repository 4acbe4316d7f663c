"""Resolve references for one reader: the values of an environment behind `${db.url}`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import quote

from localenv import redaction
from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.needs.kinds import KINDS
from localenv.redaction.stack import written_secrets
from localenv.stack import (
    Command,
    Connection,
    Need,
    Reader,
    Reference,
    Role,
    Service,
    Stack,
    Template,
    references,
    rewritten,
    templates,
    variable,
)

_PUBLISHED = "published_"
_HERE = "127.0.0.1"


class Place(Protocol):
    """The addresses and file paths of an engine."""

    @property
    def shares_ports(self) -> bool:
        """Whether upstreams share ports for some reader, so that names distinguish them."""

    def bind(self, name: str) -> str:
        """The address that a service binds to."""

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        """Host and port at which `reader` reaches a service, need or upstream."""

    def path(self, reader: Reader, file: str) -> str:
        """The path of a secret or config for `reader`; a public half is called `NAME.pub`."""


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """Resolves references; `value` returns the value of a variable such as `DB_PASSWORD` or `env_TOKEN`."""

    stack: Stack
    place: Place
    value: Callable[[str], str]
    answers: Mapping[str, str] = field(default_factory=dict)  # values that checks have saved
    literal: Callable[[str], str] = str  # escapes the text between references, for a rendered file

    def text(self, template: Template, reader: Reader, own: str = "") -> str:
        """Resolve a template for `reader`; `own` is the service that reads it, if any."""
        return references.resolve(template, lambda reference: self.lookup(reference, reader, own), self.literal)

    def argv(self, command: Command, reader: Reader, own: str = "") -> tuple[str, ...]:
        """Resolve the words of a command."""
        return tuple(self.text(word, reader, own) for word in command)

    def mapping(self, templates: Mapping[str, Template], reader: Reader, own: str = "") -> dict[str, str]:
        """Resolve the values of variables."""
        return {key: self.text(template, reader, own) for key, template in templates.items()}

    def resolved(self, value: object, reader: Reader, own: str = "") -> Any:
        """A value of the stack with every template resolved."""
        return rewritten(
            value, lambda spot: self.text(spot.value, reader, own) if isinstance(spot.value, Template) else spot.value
        )

    def environment(self, service: Service, reader: Reader = Reader.INSIDE) -> dict[str, str]:
        """The environment of a service: `PORT` if it has one, and the variables of the description."""
        listens = service.role is Role.SERVICE and service.port is not None
        port = {"PORT": self.place.address(self._from(reader, service.name), service.name)[1]} if listens else {}
        return port | self.mapping(service.environment, reader, service.name)

    def client(self, need: str, reader: Reader = Reader.INSIDE) -> dict[str, str]:
        """The environment variables for clients of a need: `PGHOST`, …"""
        facts = self.stack.needs[need]
        return self.mapping(KINDS[facts.kind].variables(facts), reader, need)

    def password(self, name: str) -> str:
        """The password of a need or stub server."""
        return self.value(password_variable(name))

    def described_passwords(self) -> dict[str, str]:
        """The passwords in the description, as variables."""
        written = {need.name: need.password for need in self.stack.needs.values() if need.password is not None}
        return _password_variables({name: self.text(template, Reader.INSIDE) for name, template in written.items()})

    def lookup(self, reference: Reference, reader: Reader, own: str) -> str:
        """Resolve one reference."""
        match reference.name:
            case "env":
                return self.value(env_variable(reference))
            case "answer":
                return self.answers.get(reference.attribute, "")
            case "bind":
                return _HERE if self._from(Reader.INSIDE, own) is Reader.MACHINE else self.place.bind(own)
            case "port":
                return self.place.address(self._from(reader, own), own)[1]
            case "self":
                return self._attribute(own, reference.attribute, reader, own)
            case name:
                return self._attribute(name, reference.attribute, reader, own)

    def connection(self, name: str, reader: Reader) -> Connection:
        """How `reader` reaches a service, need, upstream or stub server."""
        host, port = self.place.address(reader, name)
        need = self.stack.needs.get(name)
        if need is None:
            known = self.stack.ports.get(name)
            return Connection(scheme=known.scheme if known else "http", host=host, port=port)
        kind = KINDS[need.kind]
        return Connection(
            scheme=kind.scheme,
            host=host,
            port=port,
            user=need.user if kind.login and kind.login.has_user and has_password(need) else "",
            password=self.value(password_variable(name)) if has_password(need) else "",
            quoted_password=self.value(password_variable(name, quoted=True)) if has_password(need) else None,
            database=need.database if kind.has_databases else "",
            further={
                port: ":".join(self.place.address(reader, f"{name}.{port}"))
                for port in kind.further_ports(need.version)
            },
        )

    def _from(self, reader: Reader, own: str) -> Reader:
        """The network location of a reader: a container on the host network counts as this machine."""
        service = self.stack.services.get(own)
        return Reader.MACHINE if service and service.is_on_machine_network else reader

    def _attribute(self, name: str, attribute: str, reader: Reader, own: str) -> str:
        if attribute == "value":
            return self.value(content_variable(name))
        if attribute in ("path", "public_path"):
            return self.place.path(reader, name if attribute == "path" else f"{name}.pub")
        reader = self._from(reader, own)
        port, dot, of_port = attribute.partition(".")
        if dot:  # a further port of a service
            name, attribute = f"{name}.{port}", of_port
        if attribute.startswith(_PUBLISHED):
            attribute, reader = attribute.removeprefix(_PUBLISHED), Reader.MACHINE
        if attribute == "password" and name not in self.stack.needs:
            return self.password(name)
        text = str(getattr(self.connection(name, reader), attribute))
        return self.literal(text) if attribute in ("user", "database") else text


def values(stack: Stack, *, passwords: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The value of every variable: passwords, and `${env.…}`; raises DescriptionError for one that is not set.

    From then on, this process masks the secret ones in its output.
    """
    found, problems = _password_variables(passwords), []
    redaction.learn([*passwords.values(), *written_secrets(stack)], shown=_names(stack))
    reals = [one.real for one in stack.upstreams.values()]
    later = {(one, one.at) for one in templates(reals)}  # read when the real server is started
    for template in templates(stack):
        for reference in template.references:
            if reference.name != "env":
                continue
            text = _read(reference, environ)
            if text is None and (template, template.at) not in later:
                hint = f"export {reference.attribute}=…, or put it in .env"
                problems.append(Problem(_unset(reference), template.at, hint))
            found[env_variable(reference)] = text or ""
            _learn(reference, text or "", stack)
    if problems:
        raise DescriptionError(sorted(set(problems), key=lambda problem: problem.at or Position(stack.folder)))
    return found


def _learn(reference: Reference, text: str, stack: Stack) -> None:
    """Register a secret; a setting such as a path or a number is not one, unless its name marks it as secret."""
    if redaction.is_secret(reference.attribute):
        redaction.learn([text, reference.default or ""], shown=_names(stack))
    elif not redaction.is_plain(text):
        redaction.learn([text], shown=_names(stack))
    redaction.learn(redaction.in_urls(text), shown=_names(stack))


def _names(stack: Stack) -> list[str]:
    """Texts that appear everywhere, so that masking them would only make the output unreadable."""
    users = [text for need in stack.needs.values() for text in (need.user, *need.databases)]
    return [stack.name, stack.env, str(stack.folder), *stack.services, *stack.upstreams, *stack.files, *users]


def _password_variables(passwords: Mapping[str, str]) -> dict[str, str]:
    plain = {password_variable(name): text for name, text in passwords.items()}
    return plain | {password_variable(name, quoted=True): quote(text, safe="") for name, text in passwords.items()}


def env_variable(reference: Reference) -> str:
    """The variable for `${env.X}` in a rendered file; a different default needs a different variable.

    No other variable is in lower case, so a service called `env-x` does not clash.
    """
    if reference.default is None:
        return f"env_{reference.attribute}"
    return f"env_{reference.attribute}_{sha256(reference.default.encode()).hexdigest()[:8]}"


def password_variable(name: str, *, quoted: bool = False) -> str:
    """The variable for the password of a need or stub server; `quoted` is percent-encoded for URLs."""
    return f"{variable(name)}_PASSWORD" + ("_IN_URL" if quoted else "")


def content_variable(name: str) -> str:
    """The variable for the content of a secret or config, or of the public half of a pair, `NAME.pub`."""
    whole = name.removesuffix(".pub")
    return f"{variable(whole)}_CONTENT" + ("_PUBLIC" if whole != name else "")


def has_password(need: Need) -> bool:
    """Whether a login requires a password."""
    login = KINDS[need.kind].login
    return login is not None and (login.is_required or not need.is_open)


def _read(reference: Reference, environ: Mapping[str, str]) -> str | None:
    """Read a variable as a shell does: `:-` and `:?` treat an empty variable as not set."""
    text = environ.get(reference.attribute)
    if text:
        return text
    if reference.default is not None:
        return reference.default
    return None if reference.message is not None else text


def _unset(reference: Reference) -> str:
    return f"{reference} is not set" + (f": {reference.message}" if reference.message else "")
