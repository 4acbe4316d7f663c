"""Names and texts as they stand in PostgreSQL's SQL."""

_LONGEST = 63  # bytes of a name
_USERS = "at most 63 bytes, without \" ' $ and \\, not beginning with pg_; and neither public nor none"


def name(text: str) -> str:
    """A quoted name."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted text, where backslashes mean nothing."""
    return "'" + value.replace("'", "''") + "'"


def refusal(user: str) -> str:
    """Which names a user can have, where this is none of them; else empty. Both engines run initdb."""
    refused = user in ("public", "none") or user.startswith("pg_") or len(user.encode()) > _LONGEST
    return _USERS if refused or set(user) & set("\"'$\\") else ""
