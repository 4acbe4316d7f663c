"""What is secret, and how it is taken out of whatever is shown or written."""

from localenv.redaction.text import (
    HIDDEN,
    SHORTEST,
    in_urls,
    is_plain,
    is_secret,
    learn,
    redacted,
)

__all__ = [
    "HIDDEN",
    "SHORTEST",
    "in_urls",
    "is_plain",
    "is_secret",
    "learn",
    "redacted",
]
