"""XPaths that WireMock cannot evaluate are known before it runs; the answers are those of its server."""

import pytest

from localenv.stubs import xpath

VALID = (
    "//a[@x='1']", "/a[contains(b,'x')]", "count(//a)=1", "string(/a)", "//a/text()", "/a[@x=1 and @y=2]", "self::a",
    "/a|/b", "-1", "true()", "..", "//*[local-name()='a']", "/", "* * *", "div div div", "and and and", "(//a)[1]",
    "/a/b[1][2]", "processing-instruction('x')", "a-b", "id('x')/a", "a / / b", "/a/b/text()='x'", "a[ 1 ]",
    "child :: a", "a:b/c", "/a/@x/..", "preceding-sibling::b[1]", "/é",
)  # fmt: skip
INVALID = (
    "/a[", "//", "", "a b", "/a/", "foo(1)", "1+", "$x", "/a[1", "/a]", "/a/@", "foo::a", "/a|", "'x", "concat('a')",
    "not()", "/a[lower-case(b)='x']", "a///b", "()", "a[]", "1 == 1", "a||b", "--1", "..[1]", "text('x')", "1/a",
    "string(/a)/b", "if (a) then b else c", "/a[@x eq 1]", "a,b", "substring('a')",
)  # fmt: skip


@pytest.mark.parametrize("expression", VALID)
def test_one_that_the_server_evaluates_is_no_mistake(expression: str) -> None:
    assert xpath.mistake(expression) == ""


@pytest.mark.parametrize("expression", INVALID)
def test_one_that_it_cannot_evaluate_is_a_mistake(expression: str) -> None:
    assert xpath.mistake(expression)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("/a[", "it ends where a name is expected"),
        ("/a[1", "']' is missing"),
        ("ends-with(a, 'b')", "XPath 1.0 has no function 'ends-with'"),
        ("/a['x]", "a ' is not closed"),
        ("not()", "not() does not take 0 arguments"),
    ],
)
def test_the_reason_is_named(expression: str, reason: str) -> None:
    assert xpath.mistake(expression) == reason


def test_a_character_that_only_the_server_understands_is_left_to_it() -> None:
    assert xpath.mistake("a#b") == ""
