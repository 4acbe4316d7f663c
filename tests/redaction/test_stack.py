"""What is secret in a stack."""

from pathlib import Path

import pytest

from localenv.redaction.stack import concealed, written_secrets
from localenv.stack import Real, Role, Service, Stack, Upstream
from localenv.stack.references import parse
from localenv.stubs import server


def written(text: str) -> list[str]:
    service = Service(name="api", role=Role.SERVICE, environment={"API_TOKEN": parse(text)})
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
