"""`localenv schema`."""

import json

from localenv import description


def command() -> None:
    """Print the JSON Schema of the description, for editors."""
    print(json.dumps(description.schema(), indent=2))
