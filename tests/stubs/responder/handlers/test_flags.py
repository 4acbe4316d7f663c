"""Feature flags over OFREP, asked through OpenFeature's own SDK and provider, and compared with its specification."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from localenv.stubs import flags
from localenv.stubs.responder.handlers.flags import handler
from localenv.stubs.responder.values import ResponderRequest
from tests.stubs.test_admin import free_ports
from tests.world.waiting import until

DESCRIBED: dict[str, Any] = {
    "off": False,
    "on": True,
    "text": "blue",
    "whole": 3,
    "real": 1.0,
    "part": 2.5,
    "object": {"a": 1, "b": [1.5, {"c": None}]},
    "empty": "",
    "colour": {"variants": {"red": "#f00", "blue": "#00f"}, "default": "blue"},
    "disabled": {"variants": {"on": True, "off": False}, "default": "on", "enabled": False},
    "mixed": {"variants": {"small": 1, "large": 2.5}, "default": "small"},
    "about": {"variants": {"a": 1}, "metadata": {"team": "shop"}},
    "split": {"variants": {"old": 1, "new": 2}, "default": "old", "rules": [{"split": {"old": 90, "new": 10}}]},
    "by_mail": {"variants": {"a": "a", "b": "b"}, "rules": [{"split": {"a": 1, "b": 1}, "by": "email"}]},
    "checkout": {
        "variants": {"old": 1, "new": 2},
        "default": "old",
        "rules": [
            {
                "if": {"email": "*@acme.example", "plan": ["pro", "team"], "age": ">=18", "version": "^2.1"},
                "then": "new",
            },
            {"split": {"old": 90, "new": 10}, "by": "targetingKey"},
        ],
    },
}
CONDITIONS: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "equal": ({"plan": "pro"}, {"plan": "pro"}, {"plan": "free"}),
    "one of": ({"plan": ["pro", "team"]}, {"plan": "team"}, {"plan": "free"}),
    "ends": ({"email": "*@acme.example"}, {"email": "a@acme.example"}, {"email": "a@other.example"}),
    "starts": ({"path": "/admin*"}, {"path": "/admin/x"}, {"path": "/x"}),
    "contains": ({"agent": "*Firefox*"}, {"agent": "a Firefox b"}, {"agent": "Chrome"}),
    "present": ({"beta": "*"}, {"beta": "x"}, {}),
    "absent": ({"beta": None}, {}, {"beta": "x"}),
    "at least": ({"age": ">=18"}, {"age": 18}, {"age": 17.5}),
    "below": ({"age": "<18"}, {"age": 17}, {}),
    "not": ({"plan": "!=free"}, {"plan": "pro"}, {"plan": "free"}),
    "number": ({"age": 18}, {"age": 18}, {"age": 19}),
    "boolean": ({"admin": True}, {"admin": True}, {"admin": False}),
    "caret": ({"version": "^2.1"}, {"version": "2.4.0"}, {"version": "2.0.9"}),
    "tilde": ({"version": "~2.1"}, {"version": "2.1.7"}, {"version": "2.2.0"}),
    "range": ({"version": ">=1.2.0 <2.0.0"}, {"version": "1.9.9"}, {"version": "2.0.0"}),
    "version": ({"version": ">1.2.3"}, {"version": "1.10.0"}, {"version": "1.2.3"}),
    "any": ({"any": [{"a": "1"}, {"b": "2"}]}, {"b": "2"}, {"a": "2"}),
    "all": ({"all": [{"a": "1"}, {"b": "2"}]}, {"a": "1", "b": "2"}, {"a": "1"}),
    "none": ({"not": {"a": "1", "b": "2"}}, {"a": "1"}, {"a": "1", "b": "2"}),
    "nested": ({"user.plan": "pro"}, {"user": {"plan": "pro"}}, {"user": {"plan": "free"}}),
    "present though false": ({"beta": "*"}, {"beta": False}, {"beta": None}),
    "present though zero": ({"beta": "*"}, {"beta": 0}, {}),
    "absent and not false": ({"beta": None}, {"beta": None}, {"beta": False}),
    "zero": ({"age": 0}, {"age": 0}, {}),
    "at least zero": ({"age": ">=0"}, {"age": 0}, {}),
    "no text": ({"plan": ""}, {"plan": ""}, {}),
    "equal by its sign": ({"plan": "=pro"}, {"plan": "pro"}, {"plan": "=pro"}),
    "not though missing": ({"plan": "!=free"}, {}, {"plan": "free"}),
    "another number though missing": ({"age": "!=3"}, {}, {"age": 3}),
    "not that end": ({"email": "!=*@acme.example"}, {"email": "a@b.example"}, {"email": "a@acme.example"}),
    "between numbers": ({"age": ">=18 <65"}, {"age": 30}, {"age": 65}),
    "below a fraction": ({"price": "<2.10"}, {"price": 2.05}, {"price": 2.5}),
    "below zero": ({"degrees": "<-5"}, {"degrees": -5.5}, {"degrees": -5}),
    "short version": ({"version": ">=2.1"}, {"version": "2.10.0"}, {"version": "2.0.9"}),
    "major version": ({"version": ">=2"}, {"version": "v2.4.0"}, {"version": "1.9.9"}),
    "not a version": ({"version": "!=1.2.3"}, {"version": "1.2.4"}, {"version": "v1.2.3"}),
    "either range": ({"version": "^1.2 || >=3 <4"}, {"version": "3.9.0"}, {"version": "2.0.0"}),
    "any patch": ({"version": "1.2.x"}, {"version": "1.2.7"}, {"version": "1.3.0"}),
    "any minor": ({"version": ">=1.x <3.x"}, {"version": "2.9.9"}, {"version": "3.0.0"}),
    "before a release": ({"version": ">=1.0.0-beta"}, {"version": "1.0.0-rc.1"}, {"version": "1.0.0-alpha"}),
    "date": ({"since": ">=2026-03-01"}, {"since": "2026-11-02"}, {"since": "2025-12-31"}),
    "one of several kinds": ({"a": [1, "x*", None]}, {"a": "xy"}, {"a": "y"}),
    "in a list": ({"roles": "*admin*"}, {"roles": ["user", "admin"]}, {"roles": ["user"]}),
    "several": ({"a": "1", "b": "2"}, {"a": "1", "b": "2"}, {"a": "1", "b": "3"}),
}
DESCRIBED |= {
    f"if_{name.replace(' ', '_')}": {
        "variants": {"on": True, "off": False},
        "default": "off",
        "rules": [{"if": condition, "then": "on"}],
    }
    for name, (condition, _, _) in CONDITIONS.items()
}
FLAGS = {name: flags.flag(name, value) for name, value in DESCRIBED.items()}
FLAGS["größe"] = flags.flag("größe", "XL")
FLAGS["broken"] = {"state": "ENABLED", "variants": {"a": "a"}, "defaultVariant": "a", "targeting": {"if": [True, "b"]}}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    (folder / "flags.json").write_text(json.dumps({"flags": FLAGS}))
    return folder


@pytest.fixture(scope="module")
def url(state: Path) -> Iterator[str]:
    """The responder as a program."""
    [port] = free_ports(1)
    argv = (sys.executable, "-m", "localenv.stubs.responder", str(port), str(state))
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as running:
        address = f"http://127.0.0.1:{port}/flags/flags"
        until(lambda: _answers(address), "the responder")
        yield address
        running.terminate()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False).status_code == 404
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[OpenFeatureClient]:
    provider = OFREPProvider(url)
    provider.session.trust_env = False
    api.set_provider(provider)
    yield api.get_client()
    provider.session.close()
    api.clear_providers()


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    """The schemas of OFREP's responses."""
    for folder in Path(__file__).resolve().parents:
        file = folder / "shared" / "data" / "openapi" / "ofrep.yaml"
        if file.is_file():
            # `codeDefaultFlag` is an object without required members, so that `oneOf` excludes every value
            return dict(yaml.safe_load(file.read_text().replace("oneOf:", "anyOf:")))
    pytest.skip("OFREP's specification is not beside the checkout")


@pytest.fixture
def ask(url: str, schemas: dict[str, Any]) -> Callable[..., httpx.Response]:
    """Ask as a client without an SDK; every answer must be one of the specification."""
    paths = schemas["paths"]

    def asked(flag: str = "", context: Any = None, **more: Any) -> httpx.Response:
        path = f"/ofrep/v1/evaluate/flags{f'/{flag}' if flag else ''}"
        body = {} if "content" in more else {"json": {"context": {} if context is None else context}}
        answer = httpx.post(url + path, trust_env=False, **body, **more)
        described = paths[f"/ofrep/v1/evaluate/flags{'/{key}' if flag else ''}"]["post"]["responses"]
        about = described[str(answer.status_code)]
        if "content" in about:
            schema = about["content"]["application/json"]["schema"]
            jsonschema.validate(answer.json(), {**schema, "components": schemas["components"]})
        return answer

    return asked


@pytest.mark.parametrize(
    ("flag", "kind", "default", "value", "variant"),
    [
        ("off", "boolean", True, False, "off"),
        ("on", "boolean", False, True, "on"),
        ("text", "string", "", "blue", "value"),
        ("empty", "string", "x", "", "value"),
        ("whole", "integer", 0, 3, "value"),
        ("real", "float", 0.0, 1.0, "value"),
        ("part", "float", 0.0, 2.5, "value"),
        ("mixed", "float", 0.0, 1.0, "small"),
        ("object", "object", {}, {"a": 1, "b": [1.5, {"c": None}]}, "value"),
        ("colour", "string", "", "#00f", "blue"),
        ("about", "integer", 0, 1, "a"),
    ],
)
def test_a_value_of_each_type(
    client: OpenFeatureClient, ask: Any, flag: str, kind: str, default: Any, value: Any, variant: str
) -> None:
    found = getattr(client, f"get_{kind}_details")(flag, default)

    assert (found.value, found.variant, found.reason, found.error_code) == (value, variant, Reason.STATIC, None)
    assert type(found.value) is type(value)
    assert ask(flag).json()["value"] == value


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition(client: OpenFeatureClient, ask: Any, name: str) -> None:
    flag, (_, fits, does_not) = f"if_{name.replace(' ', '_')}", CONDITIONS[name]

    found = client.get_boolean_details(flag, False, EvaluationContext("anna", fits))
    other = client.get_boolean_details(flag, True, EvaluationContext("anna", does_not))

    assert (found.value, found.reason, found.variant) == (True, Reason.TARGETING_MATCH, "on")
    assert (other.value, other.variant, other.error_code) == (False, "off", None)
    assert ask(flag, {"targetingKey": "anna", **fits}).json()["value"] is True


def test_the_first_rule_that_fits_decides(client: OpenFeatureClient) -> None:
    acme = {"email": "a@acme.example", "plan": "pro", "age": 20, "version": "2.3.0"}

    assert client.get_integer_value("checkout", 0, EvaluationContext("anna", acme)) == 2
    assert client.get_integer_details("split", 0, EvaluationContext("anna")).reason == Reason.SPLIT


@pytest.mark.parametrize("flag", ["split", "checkout", "by_mail"])
def test_a_split_is_that_of_flagd(ask: Any, state: Path, flag: str) -> None:
    core = FlagdCore()
    core.set_flags(json.dumps({"flags": {flag: FLAGS[flag]}}))
    resolve: Any = core.resolve_string_value if flag == "by_mail" else core.resolve_integer_value
    evaluate = handler(state)
    found = Counter[Any]()
    for number in range(1000):
        context = {"targetingKey": f"user-{number}", "email": f"{number}@mail.example"}
        body, path = json.dumps({"context": context}).encode(), f"/ofrep/v1/evaluate/flags/{flag}"
        answer = json.loads(evaluate(ResponderRequest(upstream="flags", method="POST", path=path, body=body)).body)
        expected = resolve(flag, 0, EvaluationContext(context["targetingKey"], context))
        assert (answer["value"], answer["variant"]) == (expected.value, expected.variant)
        found[answer["variant"]] += 1
        assert number >= 10 or ask(flag, context).json() == answer
    assert 60 < found["new"] < 140 or 440 < found["b"] < 560


def test_an_unknown_flag_is_not_found(client: OpenFeatureClient, ask: Any) -> None:
    found = client.get_boolean_details("nobody", True)

    assert (found.value, found.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    assert ask("nobody").status_code == 404


def test_another_type_than_asked_for_is_told_by_the_provider(client: OpenFeatureClient) -> None:
    assert client.get_boolean_details("text", True).error_code == ErrorCode.TYPE_MISMATCH
    assert client.get_integer_details("real", 7).error_code == ErrorCode.TYPE_MISMATCH


def test_a_disabled_flag_leaves_the_value_to_the_code(client: OpenFeatureClient, ask: Any) -> None:
    found = client.get_boolean_details("disabled", False)

    assert (found.value, found.reason) == (False, Reason.DISABLED)
    assert "value" not in ask("disabled").json()


def test_a_split_needs_its_key(client: OpenFeatureClient, ask: Any) -> None:
    assert client.get_integer_details("split", 7).error_code == ErrorCode.TARGETING_KEY_MISSING
    assert ask("split").json()["errorCode"] == "TARGETING_KEY_MISSING"
    assert "errorDetails" in ask("split").json()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "PARSE_ERROR"),
        (b"", "PARSE_ERROR"),
        (b"{}", "INVALID_CONTEXT"),
        (b'{"context": []}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": 7}}', "INVALID_CONTEXT"),
    ],
)
@pytest.mark.parametrize("flag", ["", "off"])
def test_a_context_that_is_none_is_refused(ask: Any, flag: str, content: bytes, code: str) -> None:
    answer = ask(flag, content=content)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)


def test_a_split_that_does_not_decide_needs_no_key(client: OpenFeatureClient, ask: Any) -> None:
    acme = {"email": "a@acme.example", "plan": "pro", "age": 20, "version": "2.3.0"}

    assert ask("checkout", acme).json()["value"] == 2
    assert client.get_integer_details("checkout", 0, EvaluationContext(attributes=dict(acme))).variant == "new"
    assert ask("checkout", {**acme, "plan": "free"}).json()["errorCode"] == "TARGETING_KEY_MISSING"


def test_a_name_of_other_letters_is_found(client: OpenFeatureClient, ask: Any) -> None:
    assert client.get_string_value("größe", "") == "XL"
    assert ask("gr%C3%B6%C3%9Fe").json()["key"] == "größe"


def test_a_request_nested_too_deep_is_refused(ask: Any) -> None:
    answer = ask("off", content=b'{"context": ' + b"[" * 100_000)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "PARSE_ERROR")


def test_a_rule_that_leads_nowhere_is_an_error_of_the_flag(client: OpenFeatureClient, ask: Any) -> None:
    assert client.get_string_details("broken", "x").error_code == ErrorCode.GENERAL
    assert ask("broken").json()["errorCode"] == "GENERAL"


def test_all_flags_at_once_with_a_tag_that_changes_with_them(ask: Any) -> None:
    first = ask(context={"targetingKey": "anna"})
    known = {one["key"]: one for one in first.json()["flags"]}

    assert known.keys() == FLAGS.keys()
    assert known["broken"]["errorCode"] == "GENERAL"
    assert known["real"]["value"] == 1.0
    assert '"value": 1.0' in first.text
    tag = first.headers["ETag"]
    same = ask(context={"targetingKey": "anna"}, headers={"If-None-Match": tag})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    other = ask(context={"targetingKey": "anna", "plan": "pro"}, headers={"If-None-Match": tag})
    assert other.status_code == 200
    assert other.headers["ETag"] != tag


def test_what_is_set_is_in_force_at_once_and_as_long_as_it_lasts(ask: Any, state: Path) -> None:
    def laid(value: object, when: object = (), until: float | None = None) -> dict[str, Any]:
        owner = {"pid": 0, "start": 0}
        values = {"flag": "off", "value": value, "when": when}
        return {
            "id": str(time.time()), "kind": "flag", "subject": "flags", "until": until, "owner": owner, "values": values
        }  # fmt: skip

    def write(*some: dict[str, Any]) -> None:
        (state / "overrides.json").write_text(json.dumps({"overrides": some}))

    tag = ask().headers["ETag"]
    write(laid(True, [{"plan": "pro"}]))
    assert ask("off", {"plan": "pro"}).json()["value"] is True
    assert ask("off", {"plan": "free"}).json()["value"] is False
    write(laid(True, [{"plan": "pro"}]), laid("no longer of this type"))
    assert ask("off", {"plan": "pro"}).json()["value"] is True
    write(laid(True, until=time.time() + 3600))
    assert ask("off").json()["value"] is True
    assert ask().headers["ETag"] != tag
    write(laid(True, until=time.time() + 0.3))
    until(lambda: ask("off").json()["value"] is False, "the end of an override")
    write()
    assert ask().headers["ETag"] == tag


def test_other_paths_and_methods_are_not_found(url: str) -> None:
    assert httpx.get(f"{url}/ofrep/v1/evaluate/flags", trust_env=False).status_code == 404
    assert httpx.post(f"{url}/other", json={}, trust_env=False).status_code == 404
