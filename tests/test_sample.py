import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from localenv import sources
from localenv.description import editors, loading
from localenv.stubs.sources import check

TOP = Path(__file__).parent.parent
DESCRIPTIONS = sorted((TOP / "envs").glob("*.yaml"))


def test_the_schema_the_sample_names_for_editors_is_the_one_localenv_prints() -> None:
    assert json.loads((TOP / "envs/localenv.schema.json").read_text()) == editors.schema()


@pytest.mark.parametrize("file", DESCRIPTIONS, ids=lambda file: file.stem)
def test_the_sample_is_well_described_and_names_the_schema(file: Path) -> None:
    assert file.read_text().startswith("# yaml-language-server: $schema=./localenv.schema.json\n")
    Draft202012Validator(editors.schema()).validate(sources.read(file))

    found = loading.load(file, repository=TOP, check_stubs=check)

    assert found.name == "orders"
    assert set(found.services) == {"api", "worker"}
