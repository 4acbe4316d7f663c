"""A stack that is written and read back is equal."""

import json
from pathlib import Path

from localenv.environment.request import Request
from localenv.environment.up.preparing import stack
from localenv.stack import documents

ROOT = Path(__file__).resolve().parents[2]


def test_a_stack_reads_back_as_it_was_with_its_positions():
    planned = stack(Request.of(folder=ROOT))

    again = documents.stack(json.loads(json.dumps(documents.document(planned))))

    assert again == planned
    assert repr(again) == repr(planned)
    assert again.services["api"].at == planned.services["api"].at


def test_what_another_version_has_written_is_no_stack():
    document = documents.document(stack(Request.of(folder=ROOT)))

    assert documents.stack({}) is None
    assert documents.stack({**document, "version": 99}) is None
    assert documents.stack({"version": 1, "stack": {"~": "Unheard", "value": {}}}) is None
