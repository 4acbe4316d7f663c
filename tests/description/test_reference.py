"""The reference of the format has every key, and what it shows is a description."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from localenv.description import reference
from localenv.description.editors import schema
from tests.description.conftest import Load

TEXT = reference.text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def mappings(node: Any) -> Iterator[dict[str, Any]]:
    """The schema of every mapping of the format."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and "patternProperties" in node:
            yield node
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from mappings(inner)


MAPPINGS = {one["title"].removesuffix(" of localenv"): list(one["properties"]) for one in mappings(schema())}


def section(title: str) -> str:
    """What stands below a heading, up to the next."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"no section '{title}' in localenv/description/reference.md"
    return found[1]


@pytest.mark.parametrize("title", MAPPINGS)
def test_every_key_of_the_schema_has_its_row(title: str) -> None:
    rows = [line.split("|")[1] for line in section(title).splitlines() if line.startswith("| `")]
    told = [key for row in rows for key in re.findall("`([a-z_]+)`", row)]

    assert sorted(told) == sorted(MAPPINGS[title]), "add the key to localenv/description/reference.md"


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_description(loaded: Load, example: str) -> None:
    assert loaded(example)
