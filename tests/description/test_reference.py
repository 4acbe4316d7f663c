"""The reference of the format contains every key, and its examples are valid descriptions."""

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


MAPPINGS = {one["title"]: one["properties"] for one in mappings(schema())}


@pytest.mark.parametrize("title", MAPPINGS)
def test_every_key_of_the_schema_has_its_row(title: str) -> None:
    documented = reference.keys().get(title, {})

    assert sorted(documented) == sorted(MAPPINGS[title]), "add the key to localenv/description/reference.md"


@pytest.mark.parametrize("title", MAPPINGS)
def test_an_editor_shows_what_the_reference_says(title: str) -> None:
    for key, about in MAPPINGS[title].items():
        assert about["markdownDescription"].startswith(reference.keys()[title][key])


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_description(loaded: Load, example: str) -> None:
    assert loaded(example)
