"""Flags of a file in flagd's own format, below those of the description."""

import json

import pytest

from localenv.errors import DescriptionError
from tests.description.conftest import Load

FLAG = {"state": "ENABLED", "variants": {"a": 1, "b": 2}, "defaultVariant": "a"}
IN_YAML = """
$evaluators:
  ours: {ends_with: [{var: email}, "@acme.example"]}
flags:
  colour:
    state: ENABLED
    variants: {red: "#f00", blue: "#00f"}
    defaultVariant: blue
    targeting: {if: [{$ref: ours}, red]}
"""


def test_flags_beside_a_file_win(loaded: Load) -> None:
    text = "flags: {file: all.flagd.json, size: 3}\n"
    found = loaded(text, {"all.flagd.json": json.dumps({"flags": {"size": FLAG, "other": FLAG}})}).flags

    assert found is not None
    assert found["flags"]["size"]["variants"] == {"value": 3}
    assert found["flags"]["other"]["defaultVariant"] == "a"


def test_a_file_may_be_yaml(loaded: Load) -> None:
    found = loaded("flags: {file: all.yaml}\n", {"all.yaml": IN_YAML}).flags

    assert found is not None
    rule = {"ends_with": [{"var": "email"}, "@acme.example"]}
    assert found["flags"]["colour"]["targeting"] == {"if": [rule, "red"]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("all.json", "{", "all.json cannot be read as JSON"),
        ("all.json", "[1]", "all.json is not a flag file in flagd's format"),
        ("all.yml", "flags: [", "all.yml cannot be read as YAML"),
        ("all.yaml", "flags: {x: {state: ENABLED}}", "all.yaml has the flag 'x', which needs variants"),
        ("all.yaml", IN_YAML.replace("$ref: ours", "$ref: theirs"), "unknown evaluator 'theirs'; available: ours"),
    ],
)
def test_a_mistake_in_a_file_is_told_where_it_is_named(loaded: Load, name: str, content: str, message: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        loaded(f"flags: {{file: {name}}}\n", {name: content})

    [problem] = caught.value.problems
    assert message in problem.message
    assert (problem.at and problem.at.line) == 1
