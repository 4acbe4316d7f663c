"""The keys of an upstream for stub sources are derived from the kinds of sources."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from localenv.errors import DescriptionError
from tests.description.conftest import Load

# an additional kind beside the existing ones; prints the result of a description
WITH_ANOTHER_KIND = """
import json, sys
from pathlib import Path
from types import ModuleType
from localenv.stubs.sources import SOURCES, folder
from localenv.stubs.sources.kind import Key, Takes

wsdl = ModuleType("wsdl")
wsdl.__dict__.update(folder.__dict__)
wsdl.KEY = Key(takes=Takes.FILE, help="A contract.")
wsdl.OPTIONS = {"exact": Key(takes=Takes.SWITCH, help="As it says."), "title": Key(takes=Takes.NAME, help="A name.")}
SOURCES["wsdl"] = wsdl

from localenv.description import editors, loading
from localenv.errors import DescriptionError

file = Path(sys.argv[1])
try:
    found = loading.load(file, repository=file.parent.parent)
except DescriptionError as error:
    print(error)
else:
    [upstream] = found.upstreams.values()
    given = upstream.sources(lambda *path: found.at("upstreams", "shop", *path))
    print(json.dumps([(one.kind, str(one.value), dict(one.options), one.at.line) for one in given]))
    known = editors.schema()["$defs"]["UpstreamModel"]["properties"]
    print(json.dumps({key: known[key]["description"] for key in ("stubs", "wsdl", "exact")}))
"""


def problems(repository: Path, text: str) -> list[str]:
    file = repository / "envs/local.yaml"
    file.write_text(text)
    argv = (sys.executable, "-c", WITH_ANOTHER_KIND, str(file))
    return subprocess.run(argv, cwd=repository, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_kind_of_source_brings_its_key_and_the_keys_that_say_more_of_it(repository: Path) -> None:
    (repository / "shop.json").write_text("{}")
    text = "upstreams:\n  shop:\n    stubs: ../stubs/payments\n    wsdl: ../shop.json\n    exact: true\n"
    given, known = map(json.loads, problems(repository, text))

    assert given == [
        ["stubs", str(repository / "stubs/payments"), {}, 3],
        ["wsdl", str(repository / "shop.json"), {"exact": True}, 4],
    ]
    assert known["wsdl"] == "A contract."
    assert known["exact"] == "As it says."


def test_what_such_keys_lead_to_is_looked_for_and_what_says_more_of_nothing_is_refused(repository: Path) -> None:
    text = "upstreams:\n  shop: {wsdl: ../gone.json}\n  mail: {exact: yes}\n  post: {title: x}\n  more: {proxy: x}\n"
    message = "\n".join(problems(repository, text))

    assert "2:16: file gone.json does not exist" in message
    assert "3:17: 'exact' of upstream 'mail' must be true or false" in message
    assert "4:3: upstream 'post' has title:, but no wsdl:" in message
    assert "5:10: 'proxy' of upstream 'more' is" in message


def test_keys_of_kinds_that_are_not_there_yet_are_refused_by_name(loaded: Load) -> None:
    with pytest.raises(DescriptionError) as caught:
        loaded("upstreams:\n  shop: {origin: y.json, proxy: z}\n")

    assert len(caught.value.problems) == 2
    assert all("is not supported yet" in problem.message for problem in caught.value.problems)
