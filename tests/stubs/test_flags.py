"""Feature flags of a description, translated to flagd's format."""

from typing import Any

import pytest

from localenv.stubs import flags

BOTH = {"on": True, "off": False}


@pytest.mark.parametrize(
    ("described", "message"),
    [
        (None, "has no value"),
        ({"variants": {}}, "needs variants"),
        ({"variants": BOTH, "default": "x"}, "has no variant 'x'"),
        ({"variants": BOTH, "rule": []}, "unknown key 'rule'"),
        ({"variants": {"a": 1, "b": "x"}}, "variants of several types: integer, string"),
        ({"variants": BOTH, "rules": [{"then": "x"}]}, "has no variant 'x'"),
        ({"variants": BOTH, "rules": [{"if": {"a": 1}}]}, "either then: or split:"),
        ({"variants": BOTH, "rules": [{"if": {}, "then": "on"}]}, "if: that is not a mapping"),
        ({"variants": BOTH, "rules": [{"then": "on"}, {"then": "off"}]}, "fits always"),
        ({"variants": BOTH, "rules": [{"split": {"on": -1}}]}, "weight '-1'"),
        ({"variants": BOTH, "rules": [{"split": {"on": 0}}]}, "every weight is 0"),
        ({"variants": BOTH, "rules": [{"if": {"any": "x"}, "then": "on"}]}, "any: that is not a list"),
        ({"variants": BOTH, "rules": {"then": "on"}}, "rules that are not a list"),
        ({"variants": BOTH, "enabled": "maybe"}, "neither true nor false"),
        ({"rules": [{"then": "on"}], "default": "off"}, "needs variants"),
        ({"variants": {"a": 1, "b": None}}, "the variant 'b' without a value"),
        ({"variants": BOTH, "rules": {}}, "rules that are not a list"),
        ({"variants": BOTH, "metadata": ["team"]}, "metadata: that is not a mapping"),
        ({"variants": BOTH, "metadata": {"team": ["shop"]}}, "metadata 'team' that is neither"),
        ({"variants": BOTH, "rules": [{"split": {"on": 1}, "by": 3}]}, "by: that is not the name"),
        ({"variants": BOTH, "rules": [{"if": {"a": "x*y"}, "then": "on"}]}, "a \\* inside 'x\\*y'"),
        (
            {"variants": BOTH, "rules": [{"if": {"a": "~> 2.1"}, "then": "on"}]},
            "'~> 2.1', which is not a range of versions",
        ),
        ({"variants": BOTH, "rules": [{"if": {"a": []}, "then": "on"}]}, "with an empty list"),
    ],
)
def test_a_mistake_says_what_is_wrong(described: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        flags.flag("new_checkout", described)


def test_a_name_must_fit_into_a_url() -> None:
    with pytest.raises(ValueError, match="fit into a URL"):
        flags.flag("a/b", True)


@pytest.mark.parametrize(
    ("described", "value", "variant", "found"),
    [
        (False, True, "on", True),
        (False, "on", "on", True),
        ("blue", "red", "set", "red"),
        (3, 4, "set", 4),
        (2.5, 3, "set", 3.0),
        ({"a": 1}, {"b": 2}, "set", {"b": 2}),
        ({"variants": {"old": 1, "new": 2}}, "new", "new", 2),
        ({"variants": {"old": 1, "new": 2}}, 2, "new", 2),
    ],
)
def test_a_value_is_set(described: Any, value: Any, variant: str, found: Any) -> None:
    changed = flags.changed(flags.flag("x", described), value)

    assert changed["defaultVariant"] == variant
    assert changed["variants"][variant] == found


def test_values_that_are_set_in_turn_do_not_change_each_other() -> None:
    once = flags.changed(flags.flag("x", 1), 5, [{"plan": "pro"}])
    twice = flags.changed(once, 7, [{"plan": "team"}])

    assert (once["variants"], twice["variants"]) == ({"value": 1, "set": 5}, {"value": 1, "set": 5, "set2": 7})
    own = flags.changed(flags.flag("x", {"variants": {"set": 1}}), 2)
    assert (own["variants"], own["defaultVariant"]) == ({"set": 1, "set2": 2}, "set2")


def test_a_text_on_the_command_line_stays_as_written() -> None:
    assert flags.given(flags.flag("x", "1.0"), "1.10") == "1.10"
    assert flags.given(flags.flag("x", "blue"), '"red"') == "red"
    assert flags.given(flags.flag("x", 1.0), "1.10") == 1.1
    assert flags.given(flags.flag("x", 1.0), "NaN") == "NaN"


def test_an_object_may_have_any_keys() -> None:
    assert flags.flag("x", {"rules": [1], "limit": 2})["variants"] == {"value": {"rules": [1], "limit": 2}}


@pytest.mark.parametrize(
    ("given", "value"), [(False, "maybe"), (3, "x"), (3, True), ({"a": 1}, 4), ({"a": 1}, None), (1.5, float("inf"))]
)
def test_a_value_of_another_type_is_refused(given: Any, value: Any) -> None:
    with pytest.raises(ValueError, match="is of type"):
        flags.changed(flags.flag("x", given), value)


def test_a_condition_of_the_command_line() -> None:
    assert flags.when("email=*@acme.example") == {"email": "*@acme.example"}
    assert flags.when("plan=pro,team") == {"plan": ["pro", "team"]}
    assert flags.when("age=18") == {"age": 18}
    assert flags.when("age>=18") == flags.when("age=>=18") == {"age": ">=18"}
    assert flags.when("plan!=free") == {"plan": "!=free"}
    assert flags.when("version=^2.1") == {"version": "^2.1"}
    with pytest.raises(ValueError, match="is not a condition"):
        flags.when("email")
