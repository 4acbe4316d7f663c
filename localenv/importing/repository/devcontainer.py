"""`devcontainer.json`: the port that it forwards."""

import json
import re

from localenv.importing.repository.finds import Finds

_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_FILES = (".devcontainer/devcontainer.json", ".devcontainer.json")


def detect(finds: Finds) -> None:
    """Take the first forwarded port for a service whose port is not known."""
    file = next((finds.home / name for name in _FILES if (finds.home / name).is_file()), None)
    if file is None:
        return
    text = _COMMENT.sub(lambda found: found[1] or "", file.read_text(errors="replace"))
    try:
        written = json.loads(re.sub(r",(\s*[}\]])", r"\1", text))
    except ValueError:
        return
    listed = written.get("forwardPorts") if isinstance(written, dict) else None
    ports = [one for one in listed if isinstance(one, int)] if isinstance(listed, list) else []
    for service in finds.services.values():
        if service.port is None and ports and not service.comments.get("command", "").startswith("of the Procfile"):
            service.port = ports.pop(0)
            service.comments["port"] = "of devcontainer.json"
