"""Constants of a source, where it listens."""

import re

_CONSTANT = re.compile(
    r"^\s*(?:(?:export|const|let|var|final|static|public|int)\s+)*"
    r"(\w+)\s*:?=\s*(\d{2,5}|['\"][\d.]*['\"])\s*;?\s*(?:(?://|#).*)?$",
    re.MULTILINE,
)
_CALL = re.compile(r"(\.listen|\.run|bind)\(([^()\n]*)\)?")


def filled(text: str) -> str:
    """A source with its constants in the place of their names, where something listens."""
    known = dict(_CONSTANT.findall(text))
    return _CALL.sub(lambda call: re.sub(r"\b[A-Za-z_]\w*\b", lambda name: known.get(name[0], name[0]), call[0]), text)
