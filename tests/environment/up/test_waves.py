"""In which groups services start."""

import pytest

from localenv.environment.up.waves import waves
from localenv.stack import Dependency, Role, Service

HEALTHY, STARTED, COMPLETED = "service_healthy", "service_started", "service_completed_successfully"


def grouped(**depends_on: dict[str, str]) -> list[list[str]]:
    services = [
        Service(
            name=name,
            role=Role.SERVICE,
            depends_on=tuple(Dependency(name=other, condition=how) for other, how in others.items()),
        )
        for name, others in depends_on.items()
    ]
    return [[service.name for service in wave] for wave in waves(services)]


@pytest.mark.parametrize(
    ("depends_on", "expected"),
    [
        ({}, []),
        ({"a": {}, "b": {}}, [["a", "b"]]),
        ({"a": {"b": HEALTHY}, "b": {}}, [["b"], ["a"]]),
        ({"a": {"b": COMPLETED}, "b": {}}, [["b"], ["a"]]),
        ({"a": {"b": STARTED}, "b": {}}, [["a", "b"]]),
        ({"a": {"b": STARTED}, "b": {"c": HEALTHY}, "c": {}}, [["c"], ["a", "b"]]),
        ({"a": {"b": HEALTHY}, "b": {"c": STARTED}, "c": {}}, [["b", "c"], ["a"]]),
        ({"a": {"b": HEALTHY, "d": HEALTHY}, "b": {"c": HEALTHY}, "c": {}, "d": {}}, [["c", "d"], ["b"], ["a"]]),
        ({"a": {"elsewhere": HEALTHY}}, [["a"]]),
    ],
)
def test_a_service_starts_once_those_it_waits_for_are_ready(depends_on, expected):
    assert grouped(**depends_on) == expected


def test_a_long_chain_is_that_many_groups():
    chain = {f"s{n}": {f"s{n + 1}": HEALTHY} for n in range(100)} | {"s100": {}}

    assert grouped(**chain) == [[f"s{n}"] for n in range(100, -1, -1)]
