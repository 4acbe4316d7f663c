import json
import time

import pytest

from localenv import redaction
from localenv.stubs import flag_conditions

SECRET = "canary-4711"


@pytest.mark.parametrize(
    "text",
    [
        f'{{"api_key": "{SECRET}", "sku": "lamp"}}',
        f'{{"token":"{SECRET}"}}',
        f'{{"a": "{{\\"password\\": \\"{SECRET}\\"}}"}}',
        f'{{"a": "{{\\"password\\":\\"{SECRET}"}}',  # cut
        f"name=lamp&client_secret={SECRET}&x=1",
        f"GET /files?se=2026&sig={SECRET}",
        f"<login><password>{SECRET}</password></login>",
        f'<o:password xmlns:o="urn:o">{SECRET}</o:password>',
        f"<db user='app' password='{SECRET}'/>",
        f'nc=true where token="{SECRET}"',
        f"POST /pay?api_key={SECRET} HTTP/1.1",
        f"Authorization: Bearer {SECRET}",
        f"Cookie: sid={SECRET}; other=1",
        f"Set-Cookie: sid={SECRET}",
        f"X-Auth-Token: {SECRET}",
        f'[{{"name": "API_TOKEN", "value": "{SECRET}"}}]',
        f'{{"op":"replace","path":"/user/password","value":"{SECRET}"}}',
        f'{{"query": "mutation {{ login(user: \\"a\\", password: \\"{SECRET}\\") {{ id }} }}"}}',
        f'window.state = {{apiKey: "{SECRET}"}};',
        f"db:\n  password: {SECRET}\n  host: x\n",
        f'--B\r\nContent-Disposition: form-data; name="api_key"\r\n\r\n{SECRET}\r\n--B--',
        f"GET /files/a;token={SECRET}/b",
        f"X-Api-Key: {SECRET}      | X-Api-Key: {SECRET}",
        f"{{'Authorization': 'Bearer {SECRET}', 'Accept': '*/*'}}",
    ],
)
def test_what_a_name_says_is_secret_is_hidden_in_bodies_and_logs(text: str) -> None:
    assert SECRET not in redaction.redacted_traffic(text)


@pytest.mark.parametrize(
    "text",
    [
        "auth: login failed for lamp",
        '{"author": "Ann", "sku": "lamp", "is_private": true}',
        "key: private key: file not found",
        "GET /health -> 200 (1.2 ms)",
        "loaded 12 tokens: all of them",
        "keyboard-layout: de",
        "KeyError: 'b'",
        'InvalidTokenException: "expired"',
        "started\n  auth: enabled\n  token: required\n",
        '[{"name": "sku", "value": "lamp-4711"}]',
        "text: 'see the manual'",
        '<order author="Ann"><sku>lamp</sku><total currency="EUR">12</total></order>',
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert redaction.redacted_traffic(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "\\" * 1_000_000,
        '"' * 1_000_000,
        "a=" * 500_000,
        "<a " * 300_000,
        ' a="' * 250_000,
        'x: "' * 250_000,
        "name=a\n" * 150_000,
        "key: value-1\n" * 80_000,
    ],
)
def test_a_large_text_takes_no_time_at_all(text: str) -> None:
    began = time.process_time()
    redaction.redacted_traffic(text)
    assert time.process_time() - began < 30


def test_of_a_pair_in_json_the_value_is_hidden_where_its_name_is_that_of_a_secret() -> None:
    pairs = [{"Name": "DB_PASSWORD", "Value": SECRET, "id": 1}, {"name": "sku", "value": "lamp"}]
    assert redaction.redacted_json(pairs) == [{"Name": "DB_PASSWORD", "Value": "***", "id": 1}, pairs[1]]


def test_of_a_stub_all_below_a_secret_name_is_hidden_and_its_shape_stays() -> None:
    stub = {
        "request": {"method": "POST", "headers": {"Authorization": {"equalTo": "Bearer c4n4ry"}}},
        "response": {"status": 200, "body": "password=c4n4ry", "jsonBody": {"token": ["c4n4ry", 7, None], "id": 7}},
    }
    assert redaction.redacted_json(stub) == {
        "request": {"method": "POST", "headers": {"Authorization": {"equalTo": "***"}}},
        "response": {"status": 200, "body": "password=***", "jsonBody": {"token": ["***", "***", None], "id": 7}},
    }


def test_a_condition_is_shown_without_the_secrets_it_compares_with() -> None:
    rules = {"token": ["t-1234567", "*-x"], "user.apiKey": "!=k-7654321", "plan": "pro", "targetingKey": "anna"}
    logic = flag_conditions.condition(rules)

    shown = json.dumps(redaction.redacted_logic({"if": [logic, "on", {"if": [{"var": "token"}, "off", None]}]}))

    assert not any(secret in shown for secret in ("t-1234567", "-x", "k-7654321"))
    assert all(f'"{kept}"' in shown for kept in ("pro", "anna", "token", "user.apiKey", "on", "off"))
