"""Programs whose code names the port that they listen on, and reads no other."""

import re
from collections.abc import Iterable

from localenv.importing.repository import constants
from localenv.importing.repository.finds import Finds

_LISTENS = (  # on every address of the machine
    r"\.listen\(\s*{port}\s*(?:\)|,\s*(?:\(|function|async|['\"]0\.0\.0\.0['\"]|\w+\s*=>))",
    r"(?:ListenAndServe\w*|\.Run|\.Listen|\.Start|::bind|\.bind)\(\s*[\"'](?:0\.0\.0\.0)?:{port}[\"']",
    r"\brun(?:_app|_simple)?\((?=[^()]*\bhost\s*=\s*['\"](?:0\.0\.0\.0|::)['\"])[^()]*\bport\s*=\s*{port}\b",
    r"\(\s*\(\s*['\"](?:0\.0\.0\.0)?['\"]\s*,\s*{port}\s*\)",
)
_READS = re.compile(
    r"(?:\benv|environ|[Gg]etenv|LookupEnv|ENV|config|env::var)\w*(?:\.\w+)*[\[(.\s]*[\"']?PORT\b"
    r"|\$\{PORT:|\{[^{}]*\bPORT\b[^{}]*\}\s*="
)


def detect(finds: Finds) -> None:
    """Mark the services that can only have their own port, whatever `PORT` says."""
    for service in finds.services.values():
        lines = f"{service.command} {service.native_command}"
        if service.port is not None and "${port}" not in lines:
            own = [text for file, text in finds.sources if file.is_relative_to(service.folder)]
            service.has_fixed_port = is_named(service.port, own)


def is_named(port: int, sources: Iterable[str]) -> bool:
    """Whether sources listen on a port, and read no other."""
    patterns = [re.compile(one.replace("{port}", str(port))) for one in _LISTENS]
    filled = [constants.filled(text) for text in sources]
    return not any(map(_READS.search, filled)) and any(one.search(text) for text in filled for one in patterns)
