"""Needs in containers, each started once and removed with its volumes in any case."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import docker
import pytest

from localenv.needs import Kind
from localenv.needs.kinds import KINDS
from localenv.process import Completed, Invocation
from localenv.process import run as run_program
from localenv.stack import Command, Connection, Need, Port, Reference, Template
from localenv.stack.references import resolve
from tests.world.needs import ready

LABEL = "dev.localenv.test"


@dataclass(kw_only=True)
class Place:
    """A running need."""

    need: Need
    container: Any
    answers: list[str] = field(default_factory=list)  # of the probe, until it was ready

    @property
    def kind(self) -> Kind:
        return KINDS[self.need.kind]

    @property
    def connection(self) -> Connection:
        """The connection from this machine; a restarted container is published on another port."""
        self.container.reload()
        bindings = self.container.ports[f"{self.kind.port}/tcp"]
        return _connection(self.need, "127.0.0.1", bindings[0]["HostPort"])

    def wait(self, seconds: float = 60) -> Connection:
        """Probe until it is ready, like an engine."""
        connection = self.connection
        self.answers += ready(self.kind, connection, runs=self.runs, log=self.log, seconds=seconds)
        return connection

    def runs(self) -> bool:
        self.container.reload()
        return bool(self.container.status == "running")

    def log(self) -> str:
        return str(self.container.logs().decode()[-2000:])

    def execute(
        self, service: str, command: Command, environment: Mapping[str, Template], stdin: Iterable[bytes] | None
    ) -> Completed:
        """Run a command inside."""
        assert service == self.need.name
        inside = _connection(self.need, "127.0.0.1", str(self.kind.port))
        variables = [f"--env={name}={_resolved(value, inside)}" for name, value in environment.items()]
        words = [_resolved(word, inside) for word in command]
        argv = ("docker", "exec", "--interactive", *variables, self.container.id, *words)
        return run_program(Invocation(argv=argv), stdin=stdin, timeout=60)

    def run(self, *words: str, stdin: bytes | None = None) -> Completed:
        """Run literal words inside, with the variables of the need's clients."""
        command = tuple(Template((word,)) for word in words)
        return self.execute(self.need.name, command, self.kind.variables(self.need), None if stdin is None else [stdin])


@pytest.fixture(scope="package")
def place() -> Iterator[Callable[..., Place]]:
    """Start a need, or return the running one."""
    with ExitStack() as stack:
        client = stack.enter_context(_client())
        running: dict[str, Place] = {}

        def start(need: Need, **options: Any) -> Place:
            if need.name not in running:
                running[need.name] = stack.enter_context(_started(client, need, options))
            return running[need.name]

        yield start


@contextmanager
def _client() -> Iterator[Any]:
    client = docker.from_env()
    try:
        yield client
    finally:
        client.close()


@contextmanager
def _started(client: Any, need: Need, options: Mapping[str, Any]) -> Iterator[Place]:
    kind = KINDS[need.kind]
    service = kind.service(need, Port(name=need.name, target=kind.port))
    inside = _connection(need, "127.0.0.1", str(kind.port))
    resolved = {name: _resolved(value, inside) for name, value in service.environment.items()}
    environment = resolved | options.get("environment", {})
    container = client.containers.create(
        _resolved(service.image, inside),
        command=[_resolved(word, inside) for word in service.command] if service.command else None,
        **dict(options, environment=environment),
        ports={f"{kind.port}/tcp": ("127.0.0.1", None)},
        name=f"{LABEL}-{need.name}-{token_hex(4)}",
        labels={LABEL: need.name},
    )
    try:
        container.start()
        place = Place(need=need, container=container)
        place.wait()
        yield place
    finally:
        container.remove(force=True, v=True)


def _connection(need: Need, host: str, port: str) -> Connection:
    kind = KINDS[need.kind]
    password = str(need.password) if need.password else ""
    return Connection(
        scheme=kind.scheme,
        host=host,
        port=port,
        user=need.user if kind.login and kind.login.has_user and password else "",
        password=password,
        database=need.database if kind.has_databases else "",
    )


def _resolved(template: Template | None, connection: Connection) -> str:
    def lookup(reference: Reference) -> str:
        return str(getattr(connection, reference.attribute))

    assert template is not None
    return resolve(template, lookup)
