"""The values of a stack."""

from pathlib import Path

import pytest

from localenv.stack import (
    Connection,
    File,
    FileKind,
    Job,
    Port,
    Reference,
    Role,
    Service,
    Stack,
    Stage,
    Template,
    templates,
    variable,
)
from localenv.stack.references import parse


@pytest.mark.parametrize(
    ("facts", "url"),
    [
        ({"scheme": "http", "host": "api", "port": "8000"}, "http://api:8000"),
        ({"scheme": "redis", "host": "c", "port": "1", "password": "p"}, "redis://:p@c:1"),
        ({"scheme": "nats", "host": "c", "port": "1", "user": "u"}, "nats://u:@c:1"),
        (
            {"scheme": "postgresql", "host": "db", "port": "5432", "user": "u", "password": "p@:/?#%", "database": "x"},
            "postgresql://u:p%40%3A%2F%3F%23%25@db:5432/x",
        ),
        ({"scheme": "mysql", "host": "h", "port": "1", "user": "u", "password": "é", "database": "d"}, "mysql://u:%C3%A9@h:1/d"),
        ({"scheme": "x", "host": "h", "port": "1", "user": "u", "password": "plain", "quoted_password": "${P}"}, "x://u:${P}@h:1"),
    ],
)  # fmt: skip
def test_a_url_has_its_credentials_encoded_and_no_slash_at_the_end(facts, url):
    assert Connection(**facts).url == url


def test_a_url_to_show_has_no_password():
    shown = Connection(scheme="x", host="h", port="1", user="u", password="s%cret", quoted_password="s%25cret")

    assert shown.without_password.url == "x://u:***@h:1"
    assert shown.without_password.address == "h:1"
    open_ = Connection(scheme="x", host="h", port="1")
    assert open_.without_password == open_


def test_names_become_variables():
    assert variable("my-api_2") == "MY_API_2"
    assert Port(name="my-api", target=80).variable == "MY_API_PORT"
    assert Port(name="localenv.stubs", target=80).variable == "LOCALENV_STUBS_PORT"


@pytest.mark.parametrize(
    "text",
    ["${db.url}", "${env.X:-}", "${env.X:-a b}", "${env.X:?}", "${env.X:?say}", "a $HOME b", "$${x} $$", "$$${port}"],
)
def test_a_template_prints_itself_so_that_it_reads_back_the_same(text):
    assert parse(str(parse(text))) == parse(text)


def test_templates_are_found_wherever_they_stand():
    found = Template((Reference(name="db", attribute="url"),))
    service = Service(name="api", role=Role.SERVICE, environment={"A": found}, command=(found, found))
    job = Job(name="j", stage=Stage.JOB, environment={"B": found})
    stack = Stack(name="s", env="e", folder=Path(), services={"api": service}, jobs=(job,))

    assert list(templates(stack)) == [found] * 4
    assert list(templates({"a": [found, {"b": (found,)}], "c": 1})) == [found, found]


def test_every_published_port_is_known_by_its_name():
    stubs = Service(
        name="stubs",
        role=Role.STUBS,
        port=Port(name="stubs", target=80),
        extra_ports=(Port(name="payments", target=80),),
    )
    stack = Stack(
        name="s", env="e", folder=Path(), services={"stubs": stubs, "w": Service(name="w", role=Role.SERVICE)}
    )

    assert list(stack.ports) == ["stubs", "payments"]
    assert stack.of(Role.SERVICE) == (stack.services["w"],)


def test_only_keys_are_pairs():
    pairs = {
        kind: File(name="f", kind=FileKind.SECRET, generate=kind).is_pair
        for kind in ("rsa-2048", "ec-p256", "password")
    }

    assert pairs == {"rsa-2048": True, "ec-p256": True, "password": False}


def test_a_job_says_what_it_does_in_one_line():
    assert Job(name="j", stage=Stage.JOB, command=(parse("a"), parse("${port}"))).title == "a ${port}"
    assert Job(name="j", stage=Stage.SEED, file=Path("/x/y.sql")).title == "y.sql"
