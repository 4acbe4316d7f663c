"""The values of references, inside and on this machine."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from localenv.errors import DescriptionError
from localenv.errors.problems import Position
from localenv.rendering import symbolic
from localenv.resolution import Resolution, env_variable, password_variable, values
from localenv.stack import File, FileKind, Need, Port, Reader, Reference, Role, Service, Stack, Upstream
from localenv.stack.references import literal, parse

INSIDE, MACHINE = Reader.INSIDE, Reader.MACHINE


def need(name: str, kind: str, **more: object) -> Need:
    return Need(name=name, kind=kind, version="1", user="or ders", databases=("shop/1",), **more)  # type: ignore[arg-type]


def running(name: str, target: int, role: Role = Role.NEED, **more: object) -> Service:
    return Service(name=name, role=role, port=Port(name=name, target=target), **more)  # type: ignore[arg-type]


STACK = Stack(
    name="orders",
    env="local",
    folder=Path("/r"),
    services={
        "db": running("db", 5432),
        "shop": running("shop", 3306),
        "cache": running("cache", 6379),
        "locked": running("locked", 6379),
        "queue": running("queue", 5672),
        "bus": running("bus", 4222),
        "stubs": running("stubs", 80, Role.STUBS, extra_ports=(Port(name="payments", target=80),)),
        "api": running("api", 8000, Role.SERVICE, environment={"URL": parse("${self.url}"), "PORT2": parse("${port}")}),
        "worker": Service(name="worker", role=Role.SERVICE, environment={"A": literal("${x}")}),
    },
    needs={
        "db": need("db", "postgres"),
        "shop": need("shop", "mariadb", password=literal("p@ss w/ord$")),
        "cache": need("cache", "redis", password=literal("")),
        "locked": need("locked", "redis", password=literal("pa:ss")),
        "queue": need("queue", "rabbitmq"),
        "bus": need("bus", "nats"),
    },
    upstreams={"payments": Upstream(name="payments", server="stubs")},
    files={
        "jwt": File(name="jwt", kind=FileKind.SECRET, generate="rsa-2048"),
        "app": File(name="app", kind=FileKind.CONFIG, content=literal("x")),
    },
)
PASSWORDS = {"db": "s3cret", "queue": "q/w", "bus": "b", "stubs": "admin"}


@dataclass(frozen=True)
class Somewhere:
    """Names inside, ports from 20001 on this machine."""

    shares_ports = False

    def bind(self, name: str) -> str:
        return "0.0.0.0"

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        if reader is MACHINE:
            return "127.0.0.1", str(20_001 + list(STACK.ports).index(name))
        return name, str(STACK.ports[name].target)

    def path(self, reader: Reader, file: str) -> str:
        return f"/{reader}/{file}"


@pytest.fixture
def resolution() -> Resolution:
    texts = values(STACK, passwords=PASSWORDS, environ={})
    made = Resolution(stack=STACK, place=Somewhere(), value=texts.__getitem__)
    texts |= made.described_passwords()
    return made


RESOLVED = {
    "${db.url}": ("postgresql://or%20ders:s3cret@db:5432/shop%2F1", "postgresql://or%20ders:s3cret@127.0.0.1:20001/shop%2F1"),
    "${db.address}": ("db:5432", "127.0.0.1:20001"),
    "${db.host}": ("db", "127.0.0.1"),
    "${db.port}": ("5432", "20001"),
    "${db.user}": ("or ders", "or ders"),
    "${db.password}": ("s3cret", "s3cret"),
    "${db.database}": ("shop/1", "shop/1"),
    "${shop.url}": ("mysql://or%20ders:p%40ss%20w%2Ford%24@shop:3306/shop%2F1", "mysql://or%20ders:p%40ss%20w%2Ford%24@127.0.0.1:20002/shop%2F1"),
    "${shop.password}": ("p@ss w/ord$", "p@ss w/ord$"),
    "${cache.url}": ("redis://cache:6379", "redis://127.0.0.1:20003"),
    "${locked.url}": ("redis://:pa%3Ass@locked:6379", "redis://:pa%3Ass@127.0.0.1:20004"),
    "${bus.url}": ("nats://or%20ders:b@bus:4222", "nats://or%20ders:b@127.0.0.1:20006"),
    "${api.url}": ("http://api:8000", "http://127.0.0.1:20009"),
    "${api.published_url}": ("http://127.0.0.1:20009", "http://127.0.0.1:20009"),
    "${api.published_host}": ("127.0.0.1", "127.0.0.1"),
    "${db.published_port}": ("20001", "20001"),
    "${payments.url}": ("http://payments", "http://127.0.0.1:20008"),
    "${self.address}": ("api:8000", "127.0.0.1:20009"),
    "${self.published_url}": ("http://127.0.0.1:20009", "http://127.0.0.1:20009"),
    "${port}": ("8000", "20009"),
    "${bind}": ("0.0.0.0", "0.0.0.0"),
    "${jwt.path}": ("/inside/jwt", "/machine/jwt"),
    "${jwt.public_path}": ("/inside/jwt.pub", "/machine/jwt.pub"),
    "${app.path}": ("/inside/app", "/machine/app"),
    "${stubs.password}": ("admin", "admin"),
    "a ${db.port} b $$ $HOME": ("a 5432 b $ $HOME", "a 20001 b $ $HOME"),
}  # fmt: skip


@pytest.mark.parametrize("text", RESOLVED)
def test_a_reference_resolves_for_its_reader(resolution, text):
    template = parse(text)

    assert (resolution.text(template, INSIDE, "api"), resolution.text(template, MACHINE, "api")) == RESOLVED[text]


def test_rabbitmq_has_a_login_in_its_url(resolution):
    assert resolution.text(parse("${queue.url}"), INSIDE).startswith("amqp://or%20ders:q%2Fw@queue:5672")


def test_this_machine_is_reached_by_ipv4_alone(resolution):
    for name in STACK.ports:
        assert resolution.connection(name, MACHINE).host == "127.0.0.1"


def test_a_service_is_told_its_port_and_what_is_described(resolution):
    assert resolution.environment(STACK.services["api"]) == {"PORT": "8000", "URL": "http://api:8000", "PORT2": "8000"}
    assert resolution.environment(STACK.services["api"], MACHINE)["PORT"] == "20009"
    assert resolution.environment(STACK.services["worker"]) == {"A": "${x}"}
    assert "PORT" not in resolution.environment(STACK.services["db"])


def test_clients_of_a_need_read_where_it_is(resolution):
    inside, machine = resolution.client("db"), resolution.client("db", MACHINE)

    assert (inside["PGHOST"], inside["PGPORT"], inside["PGPASSWORD"]) == ("db", "5432", "s3cret")
    assert (machine["PGHOST"], machine["PGPORT"]) == ("127.0.0.1", "20001")


def test_in_a_rendered_file_what_is_secret_or_unknown_is_a_variable():
    rendered = symbolic(STACK)

    def text(written: str, reader: Reader = INSIDE) -> str:
        return rendered.text(parse(written), reader, "api")

    assert text("${db.url}") == "postgresql://or%20ders:${DB_PASSWORD_IN_URL}@db:5432/shop%2F1"
    assert text("${shop.password}") == "${SHOP_PASSWORD}"
    assert text("${api.published_url}") == "http://127.0.0.1:${API_PORT}"
    assert text("$$ $HOME $${x} ${env.TOKEN} ${env.TOKEN:-a}") == (
        "$$ $$HOME $${x} ${env_TOKEN} ${" + env_variable(Reference(name="env", attribute="TOKEN", default="a")) + "}"
    )
    assert text("${jwt.public_path} ${app.path}") == "/run/secrets/jwt.pub /run/configs/app"


def read(text: str, environ: dict[str, str]) -> str:
    """The value of `${env.…}`."""
    template = parse(text, Position(Path("a.yaml"), 3, 5))
    stack = Stack(
        name="s", env="e", folder=Path(), services={"a": Service(name="a", role=Role.SERVICE, image=template)}
    )
    found = values(stack, passwords={}, environ=environ)
    return Resolution(stack=stack, place=Somewhere(), value=found.__getitem__).text(template, INSIDE)


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("${env.X}", {"X": "a $b"}, "a $b"),
        ("${env.X}", {"X": ""}, ""),
        ("${env.X:-d e}", {}, "d e"),
        ("${env.X:-d}", {"X": ""}, "d"),
        ("${env.X:-d}", {"X": "x"}, "x"),
        ("${env.X:-}", {}, ""),
        ("${env.X:?say}", {"X": "x"}, "x"),
        ("${env.X:-a} ${env.X:-b} ${env.Y:-a}", {}, "a b a"),
        ("${env.X:-a} ${env.X:-b}", {"X": "x"}, "x x"),
    ],
)
def test_a_variable_is_read_as_a_shell_does(text, environ, expected):
    assert read(text, environ) == expected


@pytest.mark.parametrize(
    ("text", "environ", "message"),
    [
        ("${env.X}", {}, "${env.X} is not set"),
        ("${env.X:?}", {}, "${env.X:?} is not set"),
        ("${env.X:?the token of the shop}", {}, "is not set: the token of the shop"),
        ("${env.X:?the token}", {"X": ""}, "is not set: the token"),
    ],
)
def test_a_variable_that_is_not_set_is_told_with_its_place(text, environ, message):
    with pytest.raises(DescriptionError, match=re.escape(message)) as raised:
        read(text, environ)

    assert str(raised.value).startswith("a.yaml:3:5: ")
    assert raised.value.problems[0].hint == "export X=…, or put it in .env"


def test_all_that_is_not_set_is_told_once_and_in_the_order_of_the_file():
    file = Path("a.yaml")
    lines = {f"V{line}": parse(f"${{env.V{line}}}", Position(file, line)) for line in (10, 2, 1)}
    services = {name: Service(name=name, role=Role.SERVICE, environment=lines) for name in ("a", "b")}

    with pytest.raises(DescriptionError) as raised:
        values(Stack(name="s", env="e", folder=Path(), services=services), passwords={}, environ={})

    assert [problem.at.line for problem in raised.value.problems if problem.at] == [1, 2, 10]


def test_no_two_variables_of_a_rendered_file_are_the_same():
    """Independent of names, and of the variables that are read."""
    names = [password_variable("a"), password_variable("a", quoted=True), Port(name="a", target=1).variable]
    read_ = [env_variable(Reference(name="env", attribute=name)) for name in [*names, "X", "X_1"]]
    defaults = [env_variable(Reference(name="env", attribute="X", default=text)) for text in ("", "a", "b")]

    assert len({*names, *read_, *defaults}) == len(names) + len(read_) + len(defaults)
