"""Quote names and texts for PostgreSQL's SQL."""

_LONGEST = 63  # bytes of a name
_USERS = "at most 63 bytes, without \" ' $ and \\, not beginning with pg_; and neither public nor none"


def name(text: str) -> str:
    """A quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted string, in which backslashes are literal."""
    return "'" + value.replace("'", "''") + "'"


def refusal(user: str) -> str:
    """The valid user names, if the given one is invalid; else empty. Both engines run initdb."""
    refused = user in ("public", "none") or user.startswith("pg_") or len(user.encode()) > _LONGEST
    return _USERS if refused or set(user) & set("\"'$\\") else ""
