"""A repository's own fragments: they override built-in ones by name, and cannot break or access anything else."""

import pytest
import yaml

from localenv.rendering.templating import RenderingError, quoted, render

DESCRIPTION = "name: orders\nservices:\n  api: {image: redis:8, port: 8000}\n"


def test_a_fragment_of_the_repository_lies_over_the_built_in_one(repository, rendered):
    overlay = '  {{ service.name | yaml }}:\n    image: {{ "mine" | yaml }}\n    labels: {{ service.labels | yaml }}\n'
    folder = repository({"envs/local.yaml": DESCRIPTION, "envs/templates/service.yaml.j2": overlay.encode()})

    document = yaml.safe_load(rendered(folder).text)

    assert document["services"]["api"].keys() == {"image", "labels"}
    assert document["services"]["api"]["image"] == "mine"
    assert "networks" in document


def test_a_fragment_reaches_the_built_in_one_and_adds_to_it(repository, rendered):
    overlay = '{% include "builtin/service.yaml.j2" %}\n    {{ "mem_limit" | yaml }}: {{ "64m" | yaml }}\n'
    folder = repository({"envs/local.yaml": DESCRIPTION, "envs/templates/service.yaml.j2": overlay.encode()})

    api = yaml.safe_load(rendered(folder).text)["services"]["api"]

    assert api["mem_limit"] == "64m"
    assert api["image"] == "redis:8"
    assert api["labels"]["dev.localenv.role"] == "service"


MISTAKES = {
    "undefined name": ("\n\n{{ missing | yaml }}", ":3: ", "'missing' is undefined"),
    "undefined attribute": ("\n{{ service.prots | yaml }}", ":2: ", "prots"),
    "undefined inside a list": ("{{ [missing] | yaml }}", ":1: ", "'missing' is undefined"),
    "undefined in a condition": ("{% if missing %}{% endif %}", ":1: ", "'missing' is undefined"),
    "unquoted value": ("\n{{ service.name }}", ":2: ", "{{ value | yaml }}"),
    "unquoted part": ("{{ (service.name | yaml) ~ 'x' }}", ":1: ", "{{ value | yaml }}"),
    "quoted and changed": ("{{ service.name | yaml | upper }}", ":1: ", "{{ value | yaml }}"),
    "declared safe": ("{{ service.name | safe }}", ":1: ", "{{ value | yaml }}"),
    "unquoted constant": ("{{ 'a' }}", ":1: ", "{{ value | yaml }}"),
    "escape through a class": ("\n{{ ''.__class__.__mro__ | yaml }}", ":2: ", "unsafe"),
    "escape through a function": ("{{ cycler.__init__.__globals__ | yaml }}", ":1: ", "unsafe"),
    "escape through a format": ("{{ '{0.__class__}'.format('') | yaml }}", ":1: ", "unsafe"),
    "escape through attr": ("{{ (''|attr('__class__')) | yaml }}", ":1: ", "unsafe"),
    "changed data": ("{{ service.environment.update({'a': 'b'}) | yaml }}", ":1: ", "unsafe"),
    "endless range": ("{% for n in range(10000000000) %}{% endfor %}", ":1: ", "Range too big"),
    "syntax": ("\n\n\n{% if %}", ":4: ", "Expected an expression"),
    "unclosed": ("{% if service %}", ":1: ", "endif"),
    "wrong types": ("\n{{ (1 + 'a') | yaml }}", ":2: ", "unsupported operand"),
    "no value of YAML": ("{{ range | yaml }}", ":1: ", "not a YAML value"),
    "no such fragment": ("\n{% include 'nothing.j2' %}", ":2: ", "unknown template 'nothing.j2'"),
    "file outside": ("\n{% include '../local.yaml' %}", ":2: ", "unknown template '../local.yaml'"),
    "itself": ("{% include 'service.yaml.j2' %}", ":1: ", "nested too deeply"),
}


@pytest.mark.parametrize(("text", "line", "reason"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_fragment_is_told_with_file_and_line(repository, rendered, monkeypatch, text, line, reason):
    folder = repository({"envs/local.yaml": DESCRIPTION, "envs/templates/service.yaml.j2": text})
    monkeypatch.chdir(folder)

    with pytest.raises(RenderingError) as raised:
        rendered(folder)

    assert str(raised.value).startswith(f"envs/templates/service.yaml.j2{line}")
    assert reason in str(raised.value)
    assert raised.value.exit_code == 2


def test_a_fragment_that_is_not_text_is_told(repository, rendered):
    folder = repository({"envs/local.yaml": DESCRIPTION, "envs/templates/service.yaml.j2": b"\xff\xfe"})

    with pytest.raises(RenderingError, match="cannot render"):
        rendered(folder)


def test_a_mistake_in_a_fragment_that_another_includes_is_told_where_it_is(repository, rendered, monkeypatch):
    files = {"service.yaml.j2": "{% include 'labels.j2' %}", "labels.j2": "\n\n{{ missing | yaml }}"}
    folder = repository(
        {"envs/local.yaml": DESCRIPTION, **{f"envs/templates/{name}": text for name, text in files.items()}}
    )
    monkeypatch.chdir(folder)

    with pytest.raises(RenderingError, match=r"^envs/templates/labels\.j2:3: "):
        rendered(folder)


def test_a_name_that_is_not_defined_is_told_as_such_also_where_the_filter_is_forgotten(repository, rendered):
    folder = repository({"envs/local.yaml": DESCRIPTION, "envs/templates/service.yaml.j2": "{{ missing }}"})

    with pytest.raises(RenderingError, match="'missing' is undefined"):
        rendered(folder)


def test_what_the_filter_writes_is_quoted_json_that_yaml_reads_back():
    value = {"a": ["$x", "{{", "\x85\u2028\ufeff\x7f", 1, None, True, {"on": "no"}]}

    assert yaml.safe_load(quoted(value)) == value
    assert quoted("no") == '"no"'
    assert quoted("a\u202eb") == '"a\\u202eb"'  # shown as it is, also on a terminal


def test_a_template_that_nobody_has_is_told(tmp_path):
    with pytest.raises(RenderingError, match="unknown template 'nothing'"):
        render("nothing", {}, tmp_path)
