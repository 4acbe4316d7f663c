"""Detect secrets, and mask them in everything that is shown or written."""

from localenv.redaction.text import (
    HIDDEN,
    SHORTEST,
    in_urls,
    is_plain,
    is_secret,
    learn,
    redacted,
)
from localenv.redaction.traffic import in_traffic, is_secret_header, redacted_json, redacted_logic, redacted_traffic

__all__ = [
    "HIDDEN",
    "SHORTEST",
    "in_traffic",
    "in_urls",
    "is_plain",
    "is_secret",
    "is_secret_header",
    "learn",
    "redacted",
    "redacted_json",
    "redacted_logic",
    "redacted_traffic",
]
