"""Templates that WireMock answers with an error are known before it runs; no other one is pointed out."""

import pytest

from localenv.stubs import handlebars


@pytest.mark.parametrize(
    "template",
    [
        "{{#if a}}x", "{{/if}}", "{{#if a}}x{{/each}}", "{{#if a}}{{#each b}}{{/if}}{{/each}}", "{{}}", "{{ }}",
        "{{{a}}", "{{a}}}", "{{else}}", "{{request.path[0]}}",
    ],
)  # fmt: skip
def test_what_the_server_cannot_read_is_a_mistake(template: str) -> None:
    assert handlebars.mistake(template)


@pytest.mark.parametrize(
    ("template", "reason", "is_fatal"),
    [
        ("{{jsonSort request.body}}", "there is no helper 'jsonSort'", True),
        ("{{upper (UPPER 'x')}}", "there is no helper 'UPPER'", True),
        ("{{#if a}}{{else foo 'b'}}{{/if}}", "there is no helper 'foo'", True),
        ("{{foo bar=1}}", "there is no helper 'foo'", True),
        ("{{now format='foo'}}", "'foo' is no format of a date: 'f' has no meaning there", True),
        ("{{date (now) offset='1 weeks'}}", "'1 weeks' is no offset such as '3 days', in seconds, minutes, hours, "
         "days, months or years", True),
        ("{{math 1 '^' 2}}", "math has no '^'; available: + - * / % x", False),
        ("{{math 1 + 2}}", "+ must stand in quotes: '+'", True),
        ("{{jsonPath request.body}}", "jsonPath needs 2 arguments, and has 1", False),
        ("{{jsonPath request.body '$['}}", "'$[' is no JSONPath: it ends too early", False),
        ("{{randomInt lower=5 upper=1}}", "randomInt needs a lower limit that is less than the upper one", True),
        ("{{randomInt lower='a'}}", "the lower limit of randomInt is a number, not 'a'", True),
        ("{{randomValue length='3' type='UUID'}}", "the length of randomValue is a number without quotes", True),
        ("{{center 'a'}}", "center needs a size, as in size=20", True),
        ("{{join 'a'}}", "join needs a separator as its last argument", True),
    ],
)  # fmt: skip
def test_a_call_that_fails_is_a_mistake(template: str, reason: str, is_fatal: bool) -> None:
    assert handlebars.mistake(template) == (reason, is_fatal)


@pytest.mark.parametrize(
    "template",
    [
        "{{now}}", "{{now offset='-3 days' format=\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\"}}", "{{now format='epoch'}}",
        "{{foo}}", "{{#foo}}{{/foo}}", "{{^foo 'x'}}{{/foo}}", "{{request.headers.[A b]}}",
        "{{upper request.query.[a b].[0]}}",
        "{{truncateDate (parseDate request.body) 'first day of month'}}", "{{randomValue length=3 type='UUID'}}",
        "{{join 'a' 'b' ','}}", "{{math 1 '+' (size request.query)}}", "{{pickRandom 'a' 'b'}}",
        "{{randomInt lower='1'}}", "{{systemValue key='HOME'}}", "{{lookup request.headers 'X'}}",
        "{{#formatJson}}{}{{/formatJson}}",
        "{{range 1 3}}", "{{val request.query.a or='x'}}", "{{request.path}}", "{{this}}", "{{@index}}", "{{& foo}}",
        "{{#if a}}x{{else if b}}y{{else}}z{{/if}}", "{{#each a as |b|}}{{b}}{{^}}none{{/each}}", "{{^a}}{{/a}}",
        "{{{a}}}", "{{!-- {{/if}} --}}", "{{! a[0] }}", "\\{{/if}}", "{{request.path.[0]}}",
        "{{jsonPath request.body '$.a[0]'}}",
        "{{#*inline \"x\"}}{{/inline}}", "{{~#if a~}} {{~/if~}}", "{{request.url", "}} x",
        "{{{{raw}}}} {{/if}} {{{{/raw}}}}",
        "{{jsonPath request.body '$.a' default='}}'}}", "{{#assign 'x'}}{{/assign}}",
    ],
)  # fmt: skip
def test_what_the_server_fills_in_is_none(template: str) -> None:
    assert handlebars.mistake(template) is None
