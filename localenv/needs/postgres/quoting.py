"""Names and texts as they stand in PostgreSQL's SQL."""


def name(text: str) -> str:
    """A quoted name."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted text, where backslashes mean nothing."""
    return "'" + value.replace("'", "''") + "'"
