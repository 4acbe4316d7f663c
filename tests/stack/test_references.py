"""References: parsed once, never split, resolved for each reader."""

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localenv.stack import Reference, Template
from localenv.stack.references import MalformedReference, literal, parse, resolve, split

URL = Reference(name="db", attribute="url")

READ = {
    "": (),
    "text": ("text",),
    "${db.url}": (URL,),
    "a${db.url}b": ("a", URL, "b"),
    "${db.url}${db.url}": (URL, URL),
    "${port}": (Reference(name="port"),),
    "${my-api_2.published_url}": (Reference(name="my-api_2", attribute="published_url"),),
    "${env.X}": (Reference(name="env", attribute="X"),),
    "${env.X:-}": (Reference(name="env", attribute="X", default=""),),
    "${env.X:-a b\n: -?$HOME {}": (Reference(name="env", attribute="X", default="a b\n: -?$HOME {"),),
    "${env.X:?set it}": (Reference(name="env", attribute="X", message="set it"),),
    "${env.X:?}": (Reference(name="env", attribute="X", message=""),),
    "$$": ("$",),
    "$$$": ("$$",),
    "$${db.url}": ("${db.url}",),
    "$$$${db.url}": ("$${db.url}",),
    "$$${db.url}": ("$", URL),
    "$HOME $1 $( $": ("$HOME $1 $( $",),
    "a $": ("a $",),
    "{db.url}": ("{db.url}",),
}


@pytest.mark.parametrize("text", READ)
def test_a_text_is_read_once(text):
    assert parse(text).parts == READ[text]


@pytest.mark.parametrize(
    ("text", "offset"),
    [("${", 0), ("${}", 0), ("ab${db.url", 2), ("${db url}", 0), ("${db.}", 0), ("${a.b.c.d}", 0), ("x$$${ {", 3)],
)
def test_a_brace_that_begins_no_reference_is_told_with_its_place(text, offset):
    with pytest.raises(MalformedReference) as raised:
        parse(text)

    assert raised.value.offset == offset


WORDS = {
    "serve --port ${port}": ["serve", "--port", "${port}"],
    "a ${env.X:-a b} c": ["a", "${env.X:-a b}", "c"],
    'a --x=${env.X:-it\'s "x"}y': ["a", '--x=${env.X:-it\'s "x"}y'],
    "'a b' \"c d\" e\\ f": ["a b", "c d", "e f"],
    "'${db.url}' \"${db.url} x\"": ["${db.url}", "${db.url} x"],
    "a # b": ["a", "#", "b"],
    "a && b | c; d > e": ["a", "&&", "b", "|", "c;", "d", ">", "e"],
    "a '' \"\"": ["a", "", ""],
    "sh -c 'echo \"$HOME\" \\n'": ["sh", "-c", 'echo "$HOME" \\n'],
    "  a\n\tb  ": ["a", "b"],
    "": [],
    "a\ue0000\ue001b ${port}": ["a\ue0000\ue001b", "${port}"],
    "\ue000 ${port}\ue001 \ue0001\ue001": ["\ue000", "${port}\ue001", "\ue0001\ue001"],
}


@pytest.mark.parametrize("text", WORDS)
def test_a_command_is_split_by_quotes_and_never_inside_a_reference(text):
    assert [str(word) for word in split(parse(text))] == WORDS[text]


@pytest.mark.parametrize("text", ["a 'b", 'a "b', "a \\"])
def test_a_quote_that_is_not_closed_is_an_error(text):
    with pytest.raises(ValueError, match="No"):
        split(parse(text))


def test_each_reference_is_looked_up_and_only_text_is_escaped():
    template = Template(("a$", URL, "$b"))

    assert (
        resolve(template, lambda reference: f"<{reference.name}$>", lambda text: text.replace("$", "$$"))
        == "a$$<db$>$$b"
    )
    assert resolve(literal("${db.url}"), lambda reference: "never") == "${db.url}"
    assert literal("") == Template()


anything = st.text(max_size=40)
names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)
attributes = st.from_regex(r"[A-Za-z0-9_]{1,8}", fullmatch=True)
inside = st.text(st.characters(blacklist_characters="}"), max_size=20)
references = st.one_of(
    st.builds(Reference, name=names, attribute=st.one_of(st.just(""), attributes)),
    st.builds(Reference, name=st.just("env"), attribute=attributes, default=inside),
    st.builds(Reference, name=st.just("env"), attribute=attributes, message=inside),
)


@given(anything)
def test_any_text_with_its_dollars_doubled_is_read_as_itself(text):
    assert parse(text.replace("$", "$$")) == literal(text)


@given(st.lists(st.one_of(anything, references)))
def test_any_template_prints_itself_so_that_it_reads_back_the_same(parts):
    printed = "".join(part.replace("$", "$$") if isinstance(part, str) else str(part) for part in parts)
    template = parse(printed)

    assert parse(str(template)) == template
    assert list(template.references) == [part for part in parts if isinstance(part, Reference)]


@settings(max_examples=50)
@given(st.lists(st.lists(st.one_of(anything, references), min_size=1), min_size=1))
def test_any_words_quoted_are_split_into_themselves(words):
    quoted = [
        "".join(shlex.quote(part.replace("$", "$$")) if isinstance(part, str) else str(part) for part in word)
        for word in words
    ]

    found = split(parse(" ".join(quoted)))

    assert [resolve(word, str) for word in found] == ["".join(map(str, word)) for word in words]
