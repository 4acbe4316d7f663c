"""Values from the description reach the program unchanged, and secret ones stay secret."""

import json
import stat

import pytest

VALUES = {
    "DOLLAR": "a$b $HOME $$ ${env.HOME",
    "QUOTES": """it's "so" `here` \\ there""",
    "LINES": "one\n  two\n\nthree\n",
    "TABS": "\ta\t",
    "LANGUAGES": "Grüße 日本語 العربية 👩‍👩‍👧",
    "TEMPLATE": "{{ x }} {% y %} {# z #}",
    "HASH": "a #b: c",
    "EMPTY": "",
    "JSON": '{"a": ["$x", null]}',
}
LITERAL = {"OCTAL": "0560", "VERSION": "3.10", "BOOLEAN": "False", "NORWAY": "no", "EXPONENT": "1e3", "TILDE": "'~'"}
DESCRIPTION = """
    name: shop
    services:
      api:
        build: ../app
        command: python app.py
        port: 8000
        env_file: ../local.env
        environment:
          BIND: "${bind}"
          PORTS: "${port}"
          SELF: "${self.published_url}"
          CACHE: "${cache.address}"
          FROM_DOTENV: "${env.SHOP_TOKEN}"
          FROM_SHELL: "${env.SHOP_SHELL}"
          DEFAULT: "${env.SHOP_MISSING:-a b}"
          KEY: "${jwt.path}"
          PUBLIC: "${jwt.public_path}"
          SETTINGS: "${settings.path}"
          ABOVE: description
          VALUES_HERE
      other: {build: ../app, command: python app.py, environment: {MODE: wait}}
    needs: {cache: {redis: 8, password: ''}, db: {redis: 8, password: 'p@ss $w/"rd'}}
    secrets:
      jwt: {generate: rsa-2048}
    configs:
      settings: {content: "cache = ${cache.url}\\ndb = ${db.url}\\nprice = $$5 $x\\n"}
"""


@pytest.fixture(scope="module")
def shop(shared_world):
    files = {".env": "SHOP_TOKEN='tök\"en $x'\nSHOP_SHELL=file\n", "local.env": "RAW=$x ${y}\nABOVE=file\n"}
    world = shared_world(files)
    texts = {name: text.replace("$$", "$$$$").replace("${", "$${") for name, text in VALUES.items()}
    written = {name: json.dumps(text, ensure_ascii=False) for name, text in texts.items()}
    lines = [f"          {name}: {text}" for name, text in (written | LITERAL).items()]
    world.describe(DESCRIPTION.replace("          VALUES_HERE", "\n".join(lines)))
    world.up(more={"SHOP_SHELL": "shell"})
    return world


def test_values_arrive_exactly_as_they_were_written(shop):
    found = shop.get("/environment")

    assert {name: found[name] for name in VALUES} == VALUES
    assert {name: found[name] for name in LITERAL} == LITERAL | {"TILDE": "~"}


def test_references_resolve_for_the_program_and_variables_come_from_shell_dotenv_and_file(shop):
    found = shop.get("/environment")

    assert found["PORTS"] == found["PORT"]
    assert found["SELF"] == shop.url("api")
    assert found["FROM_DOTENV"] == 'tök"en $x'
    assert found["FROM_SHELL"] == "shell"
    assert found["DEFAULT"] == "a b"
    assert found["RAW"] == "$x ${y}"
    assert found["ABOVE"] == "description"


def test_a_generated_key_is_there_for_its_service_and_told_to_nobody(shop):
    found = shop.get("/environment")
    key = shop.get("/file", path=found["KEY"])

    assert key.startswith("-----BEGIN PRIVATE KEY-----")
    assert shop.get("/file", path=found["PUBLIC"]).startswith("-----BEGIN PUBLIC KEY-----")
    assert key not in shop.run("render").out + shop.run("logs").out + shop.run("status", "--secrets").out


def test_a_generated_key_is_readable_by_its_service_alone(shop):
    seen = shop.run("exec", "other", "--", "test", "-e", shop.get("/environment")["KEY"], code=None)

    assert seen.code == 1


def test_a_config_holds_what_its_references_resolve_to(shop):
    found = shop.get("/environment")

    cache, db, price = shop.get("/file", path=found["SETTINGS"]).splitlines()

    assert cache == f"cache = redis://{found['CACHE']}"
    assert db.startswith("db = redis://:p%40ss%20%24w%2F%22rd@")
    assert price == "price = $5 $x"


def test_what_is_secret_stands_in_files_of_its_user_alone(shop):
    written = [file for file in (shop.states / shop.status()["environment"]).rglob("*") if file.is_file()]

    secret = [file for file in written if any(word in file.read_bytes() for word in (b"BEGIN PRIVATE KEY", b"p@ss"))]

    assert secret
    assert {stat.S_IMODE(file.stat().st_mode) for file in secret} == {0o600}


def test_nothing_is_written_in_the_repository(shop):
    assert not (shop.folder / ".localenv").exists()


def test_a_program_on_this_machine_gets_the_same_resolved_for_this_machine(shop):
    program = "import json, os; print(json.dumps({**os.environ, 'KEY_TEXT': open(os.environ['KEY']).read()}))"

    found = shop.run("run", "--as", "api", "--", "python3", "-c", program, more={"SHOP_SHELL": "shell"}).document

    assert {name: found[name] for name in VALUES} == VALUES
    assert found["CACHE"] == shop.url("cache").removeprefix("redis://")
    assert found["KEY_TEXT"] == shop.get("/file", path=shop.get("/environment")["KEY"])
