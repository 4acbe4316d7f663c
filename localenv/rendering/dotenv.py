"""The private `.env` with the variables of a rendered file."""

from collections.abc import Mapping

_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("\n", "\\n"), ("\r", "\\r"))


def dotenv(values: Mapping[str, str]) -> str:
    """Variables in a form that Compose reads back exactly: double quotes, with `$`, quotes and line ends escaped."""
    return "".join(f"{name}={_quoted(text)}\n" for name, text in sorted(values.items()))


def _quoted(text: str) -> str:
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return f'"{text}"'
