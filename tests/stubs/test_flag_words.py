"""The rules of a flag in words."""

from localenv.stubs import flag_words


def test_each_rule_is_one_text() -> None:
    written = [
        {"if": {"email": "*@acme.example", "plan": ["pro", "team"], "age": ">=18", "version": "^2.1"}, "then": "new"},
        {"if": {"any": [{"country": "CH"}, {"not": {"beta": None}}], "admin": True}, "then": "new"},
        {"if": [{"plan": ""}, {"all": [{"age": 3}]}], "split": {"old": 1, "new": 2}, "by": "email"},
        {"if": {"not": {"any": [{"plan": "free"}, {"age": "<18"}]}}, "then": "new"},
        {"if": {"not": [{"not": {"any": [{"a": 1}], "b": 2}}, {"c": 3}]}, "then": "new"},
        {"split": {"old": 90, "new": 10}},
        {"if": {"token": ["t-1234567", "x"], "targetingKey": "anna"}, "then": "new"},
    ]

    assert flag_words.rules(written) == [
        "email=*@acme.example, plan=pro|team, age >=18, version ^2.1 → new",
        "(country=CH or not (no beta)), admin=true → new",
        'plan="", age=3 → split by email: old 1, new 2',
        "not (plan=free or age <18) → new",
        "not (not (a=1, b=2), c=3) → new",
        "split by targetingKey: old 90, new 10",
        "token=***, targetingKey=anna → new",
    ]
