"""Values arrive unchanged, through every format."""

import os
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

NASTY = [
    *("", " ", "  lead", "trail  ", "\t", "a\tb", "\n", "a\n", "\na\n\nb\n", "a\r\nb\r\n", "\r", "a\rb", "\\n", "\\"),
    *("$", "$$", "$HOME", "${HOME}", "$${HOME}", "${", "$(id)", "`id`", "{{ x }}", "{% raw %}", "{#", "#", "a #b"),
    *("'", '"', "''", '""', "'\"\\", '\\"', ":", "a: b", "- a", "[a]", "{a: b}", "*a", "&a", "!a", "|", ">", "%", "@"),
    *("null", "~", "true", "False", "yes", "3.10", "0560", "1e3", "2026-01-01", "=", "a=b", "<<", "---", "...", "\\U1"),
    *("\x01", "\x07\x08", "\x0b\x0c", "\x1b[0m", "\x1c\x1d\x1e\x1f", "\x7f", "\x80", "\x85", "a\x85b", "\xa0", "\x9f"),
    *("\u2028", "a\u2029b", "\ufeff", "\ufeffa", "\ufffe", "\uffff", "\ufffd", "\ue000", "\U0001fffe", "\U0010ffff"),
    *("Grüße", "日本語", "العربية", "हिन्दी", "e\u0301", "😀", "👩‍👩‍👧", "\u202eabc", "x" * 5000),
]

texts = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=30)
quick = settings(
    deadline=None,
    max_examples=5,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.large_base_example],
)
many = st.lists(st.one_of(texts, st.sampled_from(NASTY)), min_size=40, max_size=80)


@pytest.mark.docker
@quick
@given(many)
@example(NASTY)
def test_compose_reads_every_value_exactly_as_it_was_written(repository, rendered, values):
    lines = [f"{{V{n}: {written(text)}, E{n}: '${{env.X{n}}}'}}".strip("{}") for n, text in enumerate(values)]
    folder = repository(
        {
            "envs/local.yaml": "name: orders\nservices:\n  api:\n    image: redis:8\n    environment: {"
            + ", ".join(lines)
            + "}\n    command: ["
            + ", ".join([f"{written(text)}, '${{env.X{n}}}'" for n, text in enumerate(values)])
            + "]\n    entrypoint: ["
            + ", ".join(written(text) for text in values)
            + "]\nconfigs:\n"
            + "".join(f'  c{n}: {{content: "{_inner(text)}${{env.X{n}}}"}}\n' for n, text in enumerate(values))
        }
    )

    project = rendered(folder, {f"X{n}": text for n, text in enumerate(values)}).read_back(
        {f"C{n}": f"${{C{n}_CONTENT}}" for n in range(len(values))}
    )

    api, probe = project["services"]["api"], project["services"]["probe"]["environment"]
    assert [api["environment"][f"V{n}"] for n in range(len(values))] == values
    assert [api["environment"][f"E{n}"] for n in range(len(values))] == values
    assert api["command"] == [word for text in values for word in (text, text)]
    assert api["entrypoint"] == values
    assert [probe[f"C{n}"] for n in range(len(values))] == [text + text for text in values]


@pytest.mark.docker
@quick
@given(st.lists(texts.filter(bool), min_size=20, max_size=30))
@example([text for text in NASTY if text])
def test_a_password_arrives_as_it_is_and_encoded_in_a_url(repository, rendered, values):
    reading = ", ".join(
        f"P{n}: '${{d{n}.password}}', U{n}: '${{d{n}.url}}', X{n}: '${{x{n}.url}}'" for n in range(len(values))
    )
    needs = "".join(
        f"  d{n}: {{postgres: 17, password: {written(text)}}}\n  x{n}: {{redis: 8, password: '${{env.X{n}}}'}}\n"
        for n, text in enumerate(values)
    )
    folder = repository(
        {
            "envs/local.yaml": "name: orders\nservices:\n  api:\n    image: redis:8\n    environment: {"
            + f"{reading}}}\nneeds:\n{needs}"
        }
    )

    project = rendered(folder, {f"X{n}": text for n, text in enumerate(values)}).read_back()

    services = project["services"]
    environment = services["api"]["environment"]
    for number, text in enumerate(values):
        assert environment[f"P{number}"] == services[f"d{number}"]["environment"]["POSTGRES_PASSWORD"] == text
        assert services[f"x{number}"]["command"][-1] == text
        encoded = quote(text, safe="")
        assert environment[f"U{number}"] == f"postgresql://orders:{encoded}@d{number}:5432/orders"
        assert environment[f"X{number}"] == f"redis://:{encoded}@x{number}:6379"


@pytest.mark.docker
def test_raw_compose_keys_hold_their_dollars(repository, rendered):
    folder = repository(
        {
            "envs/local.yaml": """
                name: orders
                services:
                  api:
                    image: redis:8
                    compose: {hostname: a, labels: {note: "$HOME ${HOME} $$ é"}, sysctls: {net.core.somaxconn: 1024}}
            """
        }
    )

    api = rendered(folder).read_back()["services"]["api"]

    assert api["labels"]["note"] == "$HOME ${HOME} $$ é"
    assert api["hostname"] == "a"


@pytest.mark.docker
def test_a_container_gets_what_was_written(repository, rendered):
    values = [text for text in NASTY if len(text) < 100]
    environment = ", ".join(f"V{n}: {written(text)}, E{n}: '${{env.X{n}}}'" for n, text in enumerate(values))
    script = "import sys; all = open('/run/configs/all', newline='').read(); "
    script += "sys.stdout.buffer.write('\\0'.join([*sys.argv[1:], all]).encode())"
    words = ", ".join(written(text) for text in values)
    folder = repository(
        {
            "envs/local.yaml": "name: values\nservices:\n"
            + f"  variables: {{image: redis:8, entrypoint: [env, '-0'], environment: {{{environment}}}}}\n"
            + f"  argv:\n    image: python:3.13-slim\n    entrypoint: [python, -c, {written(script)}, {words}]\n"
            + "    environment: {FILE: '${all.path}'}\n"
            + f"configs:\n  all: {{content: {written(_joined(values))}}}\n"
        }
    )
    files = rendered(folder, {f"X{n}": text for n, text in enumerate(values)}, name=f"values-{os.getpid()}")

    try:
        printed = files.compose("run", "--rm", "--no-deps", "-T", "variables").split("\0")
        variables = dict(line.partition("=")[::2] for line in printed)
        *arguments, content = files.compose("run", "--rm", "--no-deps", "-T", "argv").split("\0")
    finally:
        files.compose("down", "--volumes")

    assert [variables[f"V{n}"] for n in range(len(values))] == values
    assert [variables[f"E{n}"] for n in range(len(values))] == values
    assert arguments == values
    assert content == _joined(values)


def _joined(values: list[str]) -> str:
    return "\n".join(values)


def _inner(text: str) -> str:
    return written(text)[1:-1]


def as_yaml(text: str) -> str:
    """A text as a YAML scalar in which everything except letters is escaped."""
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'


def written(text: str) -> str:
    """A text in a description: dollars are doubled, so that it contains no reference."""
    return as_yaml(text.replace("$", "$$"))
