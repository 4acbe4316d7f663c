"""Variables in files of variables; every row was printed by `docker compose config` of Compose 2.40."""

from pathlib import Path

import pytest

from localenv.description import dotenv
from localenv.stack import references

ENVIRON = {"P": "proj", "EMPTY": ""}
BEFORE = "A=1\nB=\nHERE=a$P\n"

FILLED = {
    "$A${A}$HERE$NOPE|": "11aproj|",
    "${A:+y}${EMPTY:+y}${EMPTY+z}${NOPE+z}": "yz",
    "${NOPE-d}${EMPTY-d}${EMPTY:-e}${B:-f}": "def",
    "${NOPE:-${B:-${A:-c}}}z": "1z",
    "${A:+${P}}${A:+$P-}": "projproj-",
    "${P:?m}${EMPTY?m}": "proj",
    "$$X $$${A} $1 $ $. 5$": "$X $1 $1 $ $. 5$",
    "${A:-x}} {${NOPE:-{}}": "1} {{}",
    "${NOPE:-a:-b}": "a:-b",
    '"\\$A \\\\$A \\0101"': "$A \\1 A",
    "'$A ${A}'": "$A ${A}",
    '"${NOPE:-a b}c"': "a bc",
    "${NOPE:-a #b}": None,
    "${}": None,
    "${A!}": None,
    "${A:+${B!}}": None,
    "${EMPTY:+${B!}}": None,
    "${É}": None,
    '"${NOPE:-a\nb}"': None,
}
REQUIRED = {"${NOPE:?m}": "m", "${B:?no $A}": "no 1", "${NOPE?m}": "m", "${NOPE:-${B:?m}}": "m", "${P:-${B:?m}}": "m"}


def _filled(text: str) -> dict:
    found = dotenv.parse(f"{BEFORE}V={text}\n", Path("own.env"))
    templates, problems = dotenv.filled_in(found, {}, ENVIRON)
    return dict.fromkeys(["V"]) if problems else templates


@pytest.mark.parametrize("text", FILLED)
def test_variables_are_filled_in_as_compose_does(text):
    template = _filled(text)["V"]

    found = template and references.resolve(template, lambda one: ENVIRON.get(one.attribute) or one.default or "")
    assert found == FILLED[text]


@pytest.mark.parametrize("text", REQUIRED)
def test_a_required_variable_that_is_missing_is_left_to_be_reported(text):
    assert [one.message for one in _filled(text)["V"].references] == [REQUIRED[text]]


def test_a_mistake_names_its_line_and_how_a_dollar_sign_is_written():
    found = dotenv.parse(f"{BEFORE}V=${{A\n", Path("own.env"))

    (problem,) = dotenv.filled_in(found, {}, ENVIRON)[1]
    assert str(problem.at) == "own.env:4:1"
    assert (problem.message, problem.hint) == ("V: '${A' is not a variable", "write $$ for a dollar sign")
