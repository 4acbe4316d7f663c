"""What is secret in a stack."""

from pathlib import Path

import pytest

from localenv.errors.problems import Position
from localenv.planner.outline import outline
from localenv.redaction.stack import concealed, written_secrets
from localenv.stack import Real, Role, Service, Stack, Upstream
from localenv.stack.references import parse
from localenv.stubs import server

HERE = Position(Path("/r/envs/local.yaml"))  # written in the description


def written(text: str, name: str = "API_TOKEN") -> list[str]:
    service = Service(name="api", role=Role.SERVICE, environment={name: parse(text, HERE)})
    return [*written_secrets(Stack(name="shop", env="local", folder=Path("/r"), services={"api": service}))]


@pytest.mark.parametrize("text", ["Bearer ${token.value}", "localenv:${db.password}", "prefix-${env.TOKEN}"])
def test_a_text_beside_the_reference_to_a_secret_is_none(text: str) -> None:
    assert written(text) == []


@pytest.mark.parametrize("text", ["sk_live_1234", "sk_live_${env.SUFFIX}"])
def test_the_value_of_a_secret_name_is(text: str) -> None:
    assert written(text)


def test_the_user_of_the_stub_server_is_no_secret() -> None:
    stubs = server.service({})
    found = [*written_secrets(Stack(name="shop", env="local", folder=Path("/r"), services={"stubs": stubs}))]
    assert f"{server.USER}:" not in found


def test_what_the_url_of_a_real_server_holds_is_hidden() -> None:
    one = Upstream(
        name="pay", server="stubs", real=Real(url="https://u:s3cretpw@pay.example/v1?api_key=s3cretkey&page=2")
    )
    shown = concealed(Stack(name="shop", env="local", folder=Path("/r"), services={}, upstreams={"pay": one}))
    assert shown.upstreams["pay"].real == Real(url="https://u:***@pay.example/v1?api_key=***&page=2")


@pytest.mark.parametrize(
    "text",
    [
        "Driver=x;Uid=jane;Pwd=s3cretpw",
        '{"db": {"password": "s3cretpw"}}',
        '{"keys": [{"name": "API_TOKEN", "value": "s3cretpw"}]}',
        "Authorization: Bearer s3cretpw",
        "curl -s -u jane:s3cretpw https://a.example",
        "-----BEGIN PRIVATE KEY-----\ns3cretpw\n-----END PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s3cretpw",
    ],
)
def test_a_secret_in_a_value_of_any_name_is_hidden_and_known(text: str) -> None:
    service = Service(name="api", role=Role.SERVICE, environment={"VALUE": parse(text, HERE)})
    stack = Stack(name="shop", env="local", folder=Path("/r"), services={"api": service})

    assert any("s3cretpw" in one for one in written(text, "VALUE"))
    assert "Bearer s3cretpw" not in written(text, "VALUE")
    assert "s3cretpw" not in outline(stack)
    assert "s3cretpw" in outline(stack, secrets=True)


def test_a_setting_in_a_value_is_none() -> None:
    assert written('{"auth": "enabled", "sku": "lamp-4711"}', "VALUE") == []


def test_a_secret_of_a_header_is_hidden_also_where_it_stands_in_a_sentence() -> None:
    real = Real(url="https://pay.example", headers={"Authorization": "Bearer s3cretpw", "X-Own": "plain"})
    one = Upstream(name="pay", server="stubs", real=real)
    service = Service(name="api", role=Role.SERVICE, environment={"COOKIE": parse("sid=s3cretsid", HERE)})
    about = {"services": {"api": service}, "upstreams": {"pay": one}, "notes": (parse("log in with s3cretpw"),)}
    shown = outline(Stack(name="shop", env="local", folder=Path("/r"), **about))

    assert "s3cret" not in shown
    assert "plain" in shown


def test_of_secrets_that_begin_alike_each_is_hidden_as_a_whole() -> None:
    values = {"A_PASSWORD": "Hunter-2a", "B_PASSWORD": "Hunter-2a-and-more", "C_PASSWORD": "Hunter-2b"}
    service = Service(name="api", role=Role.SERVICE, environment={key: parse(one, HERE) for key, one in values.items()})
    notes = (parse("Hunter-2a, Hunter-2a-and-more; Hunter-2b, Hunter-2c", HERE),)
    shown = outline(Stack(name="shop", env="local", folder=Path("/r"), services={"api": service}, notes=notes))

    assert "***, ***; ***, Hunter-2c" in shown
