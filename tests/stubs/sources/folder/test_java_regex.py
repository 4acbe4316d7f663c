"""Regular expressions that WireMock refuses are known before it runs; no other one is refused."""

import pytest

from localenv.stubs.sources.folder import java_regex


@pytest.mark.parametrize(
    "pattern",
    [
        "(a", "a)", "[a", "*a", "a|*b", "(?:+)", "(?i)(", "a{id}", "a{,3}", "a{3", "a{3,", "{", "\\p{L}{", "a{1,2}{",
        "a{2,1}", "a\\", "[]", "[^]", "/users/{id}", "${a}", "a**", "\\q", "\\y", "\\k<n>", "(?<n>a)(?<n>b)",
        "(?P<n>a)", "(?P=n)", "(?<n_a>a)", "\\p{Foo}", "\\p", "\\x4", "\\x{110000}", "\\u41", "\\c", "\\08",
        "\\N{FOO}", "\\E",
        "(?z)a", "(?#c)a", "(?|a|b)", "(?(1)a)", "(?R)", "[z-a]", "[a-\\d]", "[[a]", "[\\b]", "(?i",
        "a{99999999999}", "(?i)*",
        "(?<=\\1)(a)", "(?a)b", "a???", "[\\1]", "[&&]",
    ],
)  # fmt: skip
def test_what_java_does_not_compile_is_a_mistake(pattern: str) -> None:
    assert java_regex.mistake(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "", "a}", "a]", "^*", "$*", "a{2}{3}", "a{3,}", "a++", "a*+", "[{]", "[]a]", "[^]]", "\\{a}", "\\p{L}+",
        "\\x{41}", "(?<n>a)\\k<n>", "\\Qa(\\E", "\\Q{a\\E", "[\\Q]\\E]", "(?x)a # (", "[a-z&&[^b]]", "[a[b](c]",
        "(?<=a*)b", "a||b", "|", "\\N{LATIN SMALL LETTER A}", "[\\w-z]", "[\\.-0]", "\\h\\R\\z", "a(?i)b", "\\$\\{a\\}",
        "\\b{g}", "\\p{IsLatin}", "\\p{javaLowerCase}", "\\p{gc=Lu}", "(?-i)a", "(?i-s:a)", "[a&&]", "[&&a]", "[a-]",
        "[\\d-z]", "\\Q(", "\\1", "(?:a)*+", "{1}", "[\\Qa]\\E]", "\\e\\cA\\07", "(?<=(a|bc))d",
    ],
)  # fmt: skip
def test_what_java_compiles_is_none(pattern: str) -> None:
    assert java_regex.mistake(pattern) == ""
