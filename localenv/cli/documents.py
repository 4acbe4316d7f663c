"""Print JSON documents."""

import json
from typing import Any

from localenv import redaction


def show(document: Any) -> None:
    """Print a document as JSON, without secrets."""
    print(redaction.redacted(json.dumps(document, indent=2, ensure_ascii=False)))
