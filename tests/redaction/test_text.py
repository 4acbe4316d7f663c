import json

import pytest

from localenv import redaction
from localenv.redaction.text import spans


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DB_PASSWD",
        "PGPASS",
        "JWT_SECRET",
        "apiToken",
        "STRIPE_KEY",
        "AWS_CREDENTIALS",
        "AUTH",
        "PIN_SALT",
        "db_pw",
        "GITHUB_PAT",
        "AWS_ACCESS_KEY_ID",
        "VAULT_SECRET_ID",
        "SIGNING_KEY_ID_SECRET",
    ],
)
def test_a_name_that_says_so_is_secret(name: str) -> None:
    assert redaction.is_secret(name)


@pytest.mark.parametrize(
    "name",
    ["PRIVATE_KEY", "AUTH_HEADER", "AUTHOR_TOKEN", "KEYCLOAK_SECRET", "TOKEN_EXPIRY", "PRIVATE_IPS_KEY", "NAME_OF_KEY"],
)
def test_a_name_that_holds_a_setting_too_is_secret_where_more_than_that_says_so(name: str) -> None:
    assert redaction.is_secret(name) is (name != "TOKEN_EXPIRY")


@pytest.mark.parametrize(
    "name",
    [
        "TOKEN_EXPIRY_SECONDS", "INTEGRATIONS_ALLOW_PRIVATE_IPS", "ACCESS_TOKEN_TTL", "PASSWORD_MIN_LENGTH", "AUTHOR",
        "AUTH_ENABLED", "JWT_TOKEN_ISSUER", "KEYBOARD_LAYOUT", "CASSANDRA_KEYSPACE", "SECRET_NAME", "AUTHORITY_URL",
        "STRIPE_PUBLISHABLE_KEY", "VAPID_PUBLIC_KEY", "routing_key", "sortKey", "OPENAI_MAX_TOKENS", "MAX_TOKENS",
        "targetingKey", "PRIVATE_KEY_PATH", "JWT_KEY_FILE", "AUTH_TOKEN_URL", "OAUTH_ENDPOINT",
        "OAUTH_CLIENT_ID", "AUTH0_TENANT_ID", "AUTH_STRATEGY", "PASSWORD_POLICY", "SECRETS_REGION", "TOKEN_LEEWAY",
        "ENCRYPTION_KEY_ID", "apiKeyId", "SECRET_KEY_ID", "MODAL_TOKEN_ID", "WEBHOOK_SECRET_HEADER", "SIGNATURE_HEADER",
        "CSRF_TOKEN_HEADER", "KMS_KEY_ARN", "DB_SECRET_ARN", "KEY_ALIAS", "KEY_FINGERPRINT",
    ],
)  # fmt: skip
def test_an_ordinary_setting_of_something_secret_is_not(name: str) -> None:
    assert not redaction.is_secret(name)


@pytest.mark.parametrize(
    "name", ["MODE", "PORT", "DATABASE_URL", "PASSENGERS", "COMPASS_HOST", "BASALT", "PATTERN", "PATH"]
)
def test_another_name_is_not(name: str) -> None:
    assert not redaction.is_secret(name)


def test_what_was_learnt_is_hidden_in_every_form_it_is_written_in() -> None:
    redaction.learn(['p@ss/w"ord', "first line\nsecond line"])

    for text in ('p@ss/w"ord', "p%40ss%2Fw%22ord", 'p@ss/w\\"ord', "second line"):
        assert redaction.redacted(f"<{text}>") == "<***>"


def test_a_text_is_not_hidden_where_that_would_hide_what_has_to_be_seen() -> None:
    redaction.learn(["orders", "a", "short"], shown=["orders", "orders-local-12ab34"])

    assert redaction.redacted("orders-local-12ab34: a short story") == "orders-local-12ab34: a short story"


def test_a_longer_secret_is_hidden_whole_also_where_it_begins_like_another() -> None:
    redaction.learn(["secret-one"])
    redaction.learn(["secret-one-and-more"])

    assert redaction.redacted("secret-one-and-more, secret-one") == "***, ***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://shop:hunter2@db:5432/shop", "postgresql://shop:***@db:5432/shop"),
        ("https://ghp_0123456789abcdef@git.example/x", "https://***@git.example/x"),
        ("GET http://x/?a=1&api_token=hunter2&b=2", "GET http://x/?a=1&api_token=***&b=2"),
        ("postgresql://shop:${db.password}@db", "postgresql://shop:${db.password}@db"),
        ("http://127.0.0.1:8000/users/me@example.com", "http://127.0.0.1:8000/users/me@example.com"),
        ("postgresql://shop@db/shop", "postgresql://shop@db/shop"),
    ],
)
def test_urls_show_nothing_secret(text: str, shown: str) -> None:
    assert redaction.redacted(text) == shown


@pytest.mark.parametrize(
    "text", ["/home/me/orders", "8080", "fast", "development", "http://proxy.example:3128", "127.0.0.1"]
)
def test_a_setting_is_told_from_a_secret(text: str) -> None:
    assert redaction.is_plain(text)


def test_a_long_word_of_no_known_kind_may_be_a_secret() -> None:
    assert not redaction.is_plain("d41d8cd98f00b204")


@pytest.mark.parametrize("text", ["/a?token=c4n4ry", '{"next": "/a?page=2&api_key=c4n4ry"}', "“GET /a?sig=c4n4ry”"])
def test_json_with_a_secret_in_a_url_stays_json(text: str) -> None:
    shown = redaction.redacted(json.dumps({"url": text, "more": [text, 1]}, ensure_ascii=False))

    assert json.loads(shown) == {"url": text.replace("c4n4ry", "***"), "more": [text.replace("c4n4ry", "***"), 1]}


def test_a_token_of_a_known_form_is_hidden_under_any_name() -> None:
    text = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"

    assert spans(f"x {text}", assigned=True) == [(2, 2 + len(text))]


def test_a_secret_parameter_of_a_path_is_hidden() -> None:
    assert redaction.redacted("GET /files/a;token=s3cret-1/b") == "GET /files/a;token=***"
