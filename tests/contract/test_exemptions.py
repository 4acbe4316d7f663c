"""Every exemption refers to an existing scenario, and has a reason."""

from pathlib import Path

import pytest

from tests.contract.engines import exemptions
from tests.contract.engines.exemptions import EITHER, EXEMPT

SCENARIOS = "".join(file.read_text() for file in Path(exemptions.__file__).parent.glob("test_*.py"))


@pytest.mark.parametrize("name", sorted({name for names in EXEMPT.values() for name in names}))
def test_every_exemption_is_of_a_scenario_and_for_one_engine(name):
    assert f"def {name}(" in SCENARIOS
    assert [bool(names.get(name)) for names in EXEMPT.values()].count(True) == 1


@pytest.mark.parametrize("name", EITHER)
def test_what_runs_on_either_engine_is_a_scenario(name):
    assert f"def {name}(" in SCENARIOS
