"""Variables of a rendered file, and the private `.env` they stand in."""

from collections.abc import Mapping

from localenv.stack import variable

_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("\n", "\\n"), ("\r", "\\r"))


def dotenv(values: Mapping[str, str]) -> str:
    """Variables in the form Compose reads back exactly: double quotes, with `$`, quotes and line ends escaped."""
    return "".join(f"{name}={_quoted(text)}\n" for name, text in sorted(values.items()))


def content_variable(name: str) -> str:
    """The variable that holds the content of a secret or config, or of the public half of a pair, `NAME.pub`."""
    whole = name.removesuffix(".pub")
    return f"{variable(whole)}_CONTENT" + ("_PUBLIC" if whole != name else "")


def _quoted(text: str) -> str:
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return f'"{text}"'
