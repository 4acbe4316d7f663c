"""JSONPaths that WireMock refuses are known before it runs; no other one is refused. The server's own verdicts."""

import pytest

from localenv.stubs.sources.folder import json_path


@pytest.mark.parametrize(
    "path",
    [
        "$[", "$[0", "$['a'", "$[a]", "$[\"a']", "$[]", "$.a.", "$..", "$...a", "$. a", "$ .a", "  $.a", "$a", "$$",
        "$.a b", "$.a[1.5]", "$.a[a:b]", "$.a[?]", "$.a[?, ?]", "$.a[?()]", "$.a[?@.b==1]", "$.a[?(@.b = 1)]",
        "$.a[?(@.b==)]", "$.a[?(@.b==1]", "$.a[?(@.b==1))]", "$.a[?((@.b==1)]", "$.a[?(@.b=='x)]", "$.a[?(@.b==tru)]",
        "$.a[?(@.b foo 1)]", "$.a[?(@.b and @.c)]", "$.a[?(@.b<>1)]", "$.a[?(true)]", "$.a[?(@.b==[1,2)]",
        "$.a[?(@.b=~ x)]", "$.a[?(@.b=~/x(/)]", "$.a[(@.length-1)]", "$.a.length(", "$.sum($.a, $.b[)",
        "$['a' 'b']", "$['a',]",
    ],
)  # fmt: skip
def test_what_the_server_refuses_is_a_mistake(path: str) -> None:
    assert json_path.mistake(path)


@pytest.mark.parametrize(
    "path",
    [
        "$", "a", "a.b", "$..a", "$..*", "$[0]", "$[-1:]", "$[0,1]", "$[*]", "$['a','b']", "$.a[ 'b' ]", "$['a\\'b']",
        "$..['a']", "$..[?(@.a)]", "$.a[?(@.b==1)].c", "$.a[?(@.b>1&&@.c<2)]", "$.a[?(!(@.b==1) || @.c)]",
        "$.a[?(@.b =~ /x[.]y.*/i)]", "$.a[?(@.b in ['x', 'y)'])]", "$.a[?(@.b == {\"x\": 1})]", "$.a[?(@['b']==null)]",
        "$.a[?(@.b.length()>1)]", "$.a.length()", "$.a.foo()", "$.sum($.a, $.b)", "$.a.concat(\"x,\", $.b)",
        "length($.a)", "[0]", "$.ä-b", "$.a  ", "@.a", "$.a[?(@.b size 2)]", "$.a]", "$.a[?(@.b==-1.5e3)]",
    ],
)  # fmt: skip
def test_what_the_server_takes_is_none(path: str) -> None:
    assert json_path.mistake(path) == ""
