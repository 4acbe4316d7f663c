"""What nobody else may read, taken out of what is shown and written down."""

import re
from collections.abc import Callable

from localenv.engines import Deployment

_HIDDEN = "***"
_SHORTEST = 6  # characters: a shorter text stands in too many others
_SECRET = re.compile(r"passw|secret|token|api_?key|credential|private|_in_url$", re.IGNORECASE)


def redactor(deployment: Deployment) -> Callable[[str], str]:
    """Replaces the passwords and secrets of an environment in a text."""
    hidden = {text for name, text in deployment.values.items() if _SECRET.search(name)}
    for content in deployment.files.values():
        text = content.decode(errors="replace").strip()
        hidden |= {text, *(line for line in text.splitlines() if line.strip())}
    found = sorted((text for text in hidden if len(text) >= _SHORTEST), key=len, reverse=True)
    if not found:
        return str
    pattern = re.compile("|".join(map(re.escape, found)))
    return lambda text: pattern.sub(_HIDDEN, text)
