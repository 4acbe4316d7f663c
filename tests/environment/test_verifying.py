"""What a contract's failed interaction is explained with."""

from pathlib import Path

import pytest

from localenv.environment import verifying
from localenv.stack import Stack
from localenv.stubs import verification

SILENT = {"message": "error sending request for url (http://127.0.0.1:1/orders/7): connection closed"}
OTHER = {"mismatches": [{"type": "StatusMismatch", "mismatch": "expected status of 200 but was 404"}]}


@pytest.mark.parametrize(
    ("mismatch", "ended", "lines"),
    [
        (
            SILENT,
            "api exited (exit code 3)",
            [
                "api exited (exit code 3)",
                "no answer from http://127.0.0.1:1/orders/7: it closed the connection, or took 30 s",
            ],
        ),
        (
            SILENT,
            "",
            [
                "no answer from http://127.0.0.1:1/orders/7: it closed the connection, or took 30 s",
                "no seed or job lists the provider state 'an order' under states:",
            ],
        ),
        (
            OTHER,
            "api exited (exit code 3)",
            [
                "status: expected status of 200 but was 404",
                "no seed or job lists the provider state 'an order' under states:",
            ],
        ),
    ],
    ids=["ended", "silent", "other"],
)
def test_an_interaction_that_fails_has_its_likely_cause(mismatch, ended, lines):
    result = {"consumer": "web", "description": "an order", "providerStates": ["an order"], "mismatch": mismatch}

    found = verifying.explained(
        Stack(name="shop", env="local", folder=Path(), services={}), verification.result("api", result), ended
    )

    assert list(found.differences) == lines
