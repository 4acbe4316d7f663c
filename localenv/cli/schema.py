"""`localenv schema`."""

import json

from localenv.description import editors


def command() -> None:
    """Print the JSON Schema of the description, for editors."""
    print(json.dumps(editors.schema(), indent=2))
