"""What is recognised as needed in the output of pip, and what is removed."""

from pathlib import Path

import pytest

from localenv.engines.native import packages

OUTPUT = """
Looking in links: wheels
Requirement already satisfied: Charset_Normalizer<4,>=2 in ./venv (from requests->-r r.txt (line 1)) (3.4)
Collecting requests[socks]==2.0 (from -r r.txt (line 1))
Installing collected packages: requests
Successfully installed requests-2.0 zope.interface-7.1 my-own-app-0.1+cpu
""".splitlines()


@pytest.mark.parametrize(
    ("words", "output", "added", "needed"),
    [
        ("pip install -r r.txt", OUTPUT, (), ("charset-normalizer", "my-own-app", "requests", "zope-interface")),
        ("pip install -qr r.txt", (), ("requests",), None),
        ("python manage.py compile", ("done",), (), ()),
        ("pip install --upgrade pip", ("Collecting pip",), (), ()),
        ("uv sync", ("Audited 3 packages",), (), None),
        ("sh -c 'poetry install'", (), ("requests",), None),
    ],
)
def test_the_packages_of_a_step_are_those_that_pip_names_and_those_that_came(words, output, added, needed):
    assert packages.needed(words.split(), output, added) == needed


def test_packages_that_no_step_needs_are_orphans_unless_that_of_a_step_is_unknown(tmp_path: Path) -> None:
    for name in ("a-1", "b_c-2", "pip-25"):
        (tmp_path / f"lib/python3.11/site-packages/{name}.dist-info").mkdir(parents=True)
    assert packages.orphans(tmp_path, [("a",), ()]) == ["b-c"]
    assert packages.orphans(tmp_path, [("a",), ("b-c",)]) == []
    assert packages.orphans(tmp_path, [("a",), None]) == []


@pytest.mark.parametrize(
    ("words", "count"), [(("pip", "install", "-q", "a"), "1"), (("sh", "-c", "pip install -qqr r.txt --quiet"), "3")]
)
def test_a_quiet_pip_is_made_to_name_what_it_needs(words, count):
    assert packages.talkative(words) == {"PIP_VERBOSE": count}
    assert packages.talkative(("pip", "install", "-r", "r.txt")) == {}
