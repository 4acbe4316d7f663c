"""Sets of flags in flagd's own format."""

from typing import Any

import pytest
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

from localenv.stubs import flagd

FLAG: dict[str, Any] = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}


def test_shared_evaluators_are_put_where_flags_refer_to_them() -> None:
    shared = {
        "ours": {"ends_with": [{"var": "email"}, '@büro.example"']},
        "grown": {"and": [{"$ref": "ours"}, {">=": [{"var": "age"}, 18]}]},
    }
    found = flagd.checked(
        {
            "$schema": "https://flagd.dev/schema/v0/flags.json",
            "metadata": {"team": "shop"},
            "$evaluators": shared,
            "flags": {"new": {**FLAG, "$comment": "of us", "targeting": {"if": [{"$ref": "grown"}, "on", "off"]}}},
        }
    )
    core = FlagdCore()
    core.set_flags(found)

    def asked(**context: Any) -> Any:
        return core.resolve_boolean_value("new", False, EvaluationContext("anna", context))

    assert asked(email='a@büro.example"', age=20).value is True
    assert asked(email='a@büro.example"', age=17).value is False
    assert asked(email="a@other.example", age=20).flag_metadata == {"team": "shop"}


def test_a_flag_without_default_or_rules_is_left_to_the_code() -> None:
    found = flagd.checked({"flags": {"new": {**FLAG, "defaultVariant": None, "targeting": {}}}})

    assert found["flags"]["new"]["defaultVariant"] is None
    assert found["flags"]["new"]["targeting"] is None


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ([], "has no flags"),
        ({"flags": []}, "has no flags"),
        ({"flags": {"new": {**FLAG, "state": "on"}}}, "'new', which needs variants, and a state"),
        ({"flags": {"new": {**FLAG, "variants": {}}}}, "'new', which needs variants, and a state"),
        ({"flags": {"new": {**FLAG, "defaultVariant": "x"}}}, "'new' without the variant 'x'"),
        ({"flags": {"new": {**FLAG, "targeting": "on"}}}, "'new' with targeting that is not an object"),
        ({"flags": {"new": {**FLAG, "metadata": {"a": None}}}}, "'new', which has metadata 'a'"),
        ({"metadata": {"a": {}}, "flags": {}}, "has metadata 'a'"),
        ({"flags": {"new": {**FLAG, "targeting": {"if": [{"$ref": "x"}, "on"]}}}}, "unknown evaluator 'x'"),
        (
            {"$evaluators": {"x": {"!": [{"$ref": "x"}]}}, "flags": {"new": {**FLAG, "targeting": {"$ref": "x"}}}},
            "'x', which refers to itself",
        ),
    ],
)
def test_a_mistake_says_what_is_wrong(written: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        flagd.checked(written)


def _evaluators(count: int) -> dict[str, Any]:
    """Evaluators of which each refers to the next one twice."""
    each = {f"e{number}": {"and": [{"$ref": f"e{number + 1}"}] * 2} for number in range(count)}
    return {**each, f"e{count}": True}


def test_evaluators_that_grow_without_end_are_refused() -> None:
    written = {"$evaluators": _evaluators(30), "flags": {"new": {**FLAG, "targeting": {"if": [{"$ref": "e0"}, "on"]}}}}
    with pytest.raises(ValueError, match="more than 100,000 values"):
        flagd.checked(written)


@pytest.mark.parametrize("part", ["targeting", "variants", "metadata"])
def test_a_set_that_is_nested_too_deeply_is_refused(part: str) -> None:
    deep: Any = True
    for _ in range(60):
        deep = {"!": [deep]}
    with pytest.raises(ValueError, match="nested too deeply"):
        flagd.checked({"flags": {"new": {**FLAG, part: {"on": deep}}}})


def test_evaluators_that_nest_too_deeply_together_are_refused() -> None:
    each: dict[str, Any] = {f"e{number}": {"!": [{"$ref": f"e{number + 1}"}]} for number in range(60)}
    targeting = {"if": [{"$ref": "e0"}, "on"]}
    with pytest.raises(ValueError, match="nested too deeply"):
        flagd.checked({"$evaluators": {**each, "e60": True}, "flags": {"new": {**FLAG, "targeting": targeting}}})
