"""Variables of a rendered file, and the private `.env` they stand in."""

from collections.abc import Mapping

_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("\n", "\\n"), ("\r", "\\r"))


def dotenv(values: Mapping[str, str]) -> str:
    """Variables in the form Compose reads back exactly: double quotes, with `$`, quotes and line ends escaped."""
    return "".join(f"{name}={_quoted(text)}\n" for name, text in sorted(values.items()))


def _quoted(text: str) -> str:
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return f'"{text}"'
