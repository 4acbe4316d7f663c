"""Features that WireMock 2 would drop or not support are refused by name."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from localenv.errors import DescriptionError
from localenv.stack import Upstream
from localenv.stubs import wiremock_2
from tests.stubs.folders import folders


@pytest.fixture
def known(root: Callable[[dict[str, object]], Path]) -> Path:
    """A root without new features."""
    return root({"mappings/a.json": {"request": {"urlPath": "/a"}, "response": {"status": 200, "jsonBody": 1}}})


def test_it_refuses_by_name_what_it_does_not_know(known: Path) -> None:
    wiremock_2.check([Upstream(name="payments", server="s", sources=folders(known))], "2.35.1")
    request = {"urlPathTemplate": "/a/{b}", "headers": {"not": {"equalTo": "x"}}, "bodyPatterns": [{"not": {}}]}
    response = {"jsonBody": {"not": 1.0}}
    (known / "mappings" / "b.json").write_text(json.dumps({"request": request, "response": response}, indent=1))
    with pytest.raises(DescriptionError) as raised:
        wiremock_2.check([Upstream(name="payments", server="s", sources=folders(known))], "2.35.1")
    found = [problem.message.split()[0] for problem in raised.value.problems]
    assert found == ["'urlPathTemplate'", "'not'", "'jsonBody'"]
    assert all(problem.at and problem.at.file.name == "b.json" for problem in raised.value.problems)


@pytest.mark.parametrize("written", ["body", "jsonBody", "bodyFileName"])
def test_it_refuses_by_name_what_its_templates_do_not_know(known: Path, written: str) -> None:
    text = (
        "{{#if (val request.query.a or=1)}}{{toJson x}}{{request.id}}{{request.path.id}}{{'val x'}} (toJson y){{/if}}"
    )
    (known / "__files").mkdir()
    (known / "__files" / "a.txt").write_text(text)
    body = {"body": text, "jsonBody": {"a": [text]}, "bodyFileName": "a.txt"}[written]
    response: dict[str, object] = {"status": 200, written: body}
    (known / "mappings" / "b.json").write_text(json.dumps({"response": response}, indent=1))
    upstreams = [Upstream(name="payments", server="s", sources=folders(known))]
    wiremock_2.check(upstreams, "2.35.1")  # not a template: it is sent unchanged
    response["transformers"] = ["response-template"]
    (known / "mappings" / "b.json").write_text(json.dumps({"response": response}, indent=1))
    with pytest.raises(DescriptionError) as raised:
        wiremock_2.check(upstreams, "2.35.1")
    found = [problem.message.split()[0] for problem in raised.value.problems]
    assert found == ["'val'", "'toJson'", "'request.id'"]
    assert {problem.at.line for problem in raised.value.problems if problem.at} == {6 if written == "jsonBody" else 4}


def test_it_refuses_webhooks_of_which_it_would_say_nothing(known: Path) -> None:
    mapping = {
        "response": {"status": 200},
        "postServeActions": [{"name": "webhook", "parameters": {"url": "http://x"}}],
    }
    (known / "mappings" / "b.json").write_text(json.dumps(mapping))
    with pytest.raises(DescriptionError, match="'postServeActions' needs WireMock 3") as raised:
        wiremock_2.check(
            [Upstream(name="payments", server="s", sources=folders(known))], "2.35.1", "npm failed: offline"
        )
    expected = "npm failed: offline; pip install 'localenv[native]' to get WireMock 3"
    assert raised.value.problems[0].hint.startswith(expected)


def test_it_refuses_stubs_of_a_test_too() -> None:
    wiremock_2.check_stubs([{"request": {"urlPath": "/a"}, "response": {"jsonBody": 1.5}}], "2.35.1")
    newer = {
        "request": {"urlPathTemplate": "/{a}"},
        "response": {"body": "{{val x}}", "transformers": ["response-template"]},
    }
    with pytest.raises(DescriptionError) as raised:
        wiremock_2.check_stubs([newer], "2.35.1")
    assert [problem.message.split()[0] for problem in raised.value.problems] == ["'urlPathTemplate'", "'val'"]
