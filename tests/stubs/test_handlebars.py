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
    "template",
    [
        "{{#if a}}x{{else if b}}y{{else}}z{{/if}}", "{{#each a as |b|}}{{b}}{{^}}none{{/each}}", "{{^a}}{{/a}}",
        "{{{a}}}", "{{!-- {{/if}} --}}", "{{! a[0] }}", "\\{{/if}}", "{{request.path.[0]}}",
        "{{jsonPath request.body '$.a[0]'}}",
        "{{#*inline \"x\"}}{{/inline}}", "{{~#if a~}} {{~/if~}}", "{{request.url", "}} x",
        "{{{{raw}}}} {{/if}} {{{{/raw}}}}",
        "{{jsonPath request.body default='}}'}}", "{{#assign 'x'}}{{/assign}}",
    ],
)  # fmt: skip
def test_what_the_server_fills_in_is_none(template: str) -> None:
    assert handlebars.mistake(template) == ""
