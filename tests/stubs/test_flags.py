"""Feature flags of a description, translated to flagd's format."""

from typing import Any

import pytest

from localenv.stubs import flags

BOTH = {"on": True, "off": False}


@pytest.mark.parametrize(
    ("said", "message"),
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
    ],
)
def test_a_mistake_says_what_is_wrong(said: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        flags.flag("new_checkout", said)


def test_a_name_must_fit_into_a_url() -> None:
    with pytest.raises(ValueError, match="fit into a URL"):
        flags.flag("a/b", True)


@pytest.mark.parametrize(
    ("said", "value", "variant", "found"),
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
def test_a_value_is_set(said: Any, value: Any, variant: str, found: Any) -> None:
    changed = flags.changed(flags.flag("x", said), value)

    assert changed["defaultVariant"] == variant
    assert changed["variants"][variant] == found


@pytest.mark.parametrize(("said", "value"), [(False, "maybe"), (3, "x"), (3, True), ({"a": 1}, 4)])
def test_a_value_of_another_type_is_refused(said: Any, value: Any) -> None:
    with pytest.raises(ValueError, match="is of type"):
        flags.changed(flags.flag("x", said), value)


def test_a_condition_of_the_command_line() -> None:
    assert flags.when("email=*@acme.example") == {"email": "*@acme.example"}
    assert flags.when("plan=pro,team") == {"plan": ["pro", "team"]}
    assert flags.when("age=18") == {"age": 18}
    with pytest.raises(ValueError, match="is not a condition"):
        flags.when("email")
