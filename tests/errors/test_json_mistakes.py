"""A mistake of JSON is told where it begins, in words."""

import json

import pytest

from localenv.errors import json_mistakes


@pytest.mark.parametrize(
    ("text", "message", "cause", "hint"),
    [
        ('{"a": "b', '" is not closed', '"b', ""),
        ('{"a": "b\n}', '" is not closed', '"b', ""),
        ('{"a": [1, 2\n}', "[ is not closed", "[1", ""),
        ('{"a": {"b": 1,', "{ is not closed", '{"b"', ""),
        ('{"a": 1 "b": 2}', "a comma is missing", '"b"', ""),
        ('{"a" 1}', "a colon is missing", "1}", ""),
        ("[]]", "there is more after its end", "]", ""),
        ('{"a": tru}', "a value was expected", "tru", ""),
        ('{"a": 1,}', "a key in double quotes was expected", "}", "remove the comma after the last entry"),
        ('# b\n{"a": 1}', "a value was expected", "# b", "a comment begins with //"),
        (" \n", "the file is empty", " \n", ""),
    ],
)
def test_the_cause_is_found_where_it_begins(text: str, message: str, cause: str, hint: str) -> None:
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads(text)

    mistake = json_mistakes.found(text, raised.value.msg, raised.value.pos)

    assert (mistake.message, mistake.hint) == (message, hint)
    assert text[mistake.offset :].startswith(cause)
