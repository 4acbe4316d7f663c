"""Templates that WireMock answers with an error, as far as their tags tell."""

import re

from localenv.stubs import helpers
from localenv.stubs.helpers import Mistake

_TAG = re.compile(r"""(?<!\\)\{\{(\{?)(!--.*?--~?|(?:"[^"]*"|'[^']*'|[^{}"'])*)\}\}(\}?)""", re.DOTALL)
_OTHER_FORMS = ("{{{{", "{{=")  # raw blocks, and other braces
_TEXT = re.compile(r""""[^"]*"|'[^']*'""")
_INDEX = re.compile(r"[\w\])]\[")
_SIGNS = "*> "


def mistake(template: str) -> Mistake | None:
    """Why a template cannot be read or filled in; None if it can, or if that is unknown."""
    if any(form in template for form in _OTHER_FORMS):
        return None
    opened: list[str] = []
    called: Mistake | None = None
    for found in _TAG.finditer(template):
        content = found[2].strip("~ \t\r\n")
        if why := _tag(found, content) or _block(content, opened):
            return Mistake(why)
        called = called or helpers.mistake(content)
    return Mistake(f"{{{{#{opened[-1]}}}}} is not closed") if opened else called


def _tag(found: re.Match[str], content: str) -> str:
    if len(found[1]) != len(found[3]):
        return f"{found[0]} has not as many braces at its end as at its beginning"
    if not content:
        return f"{found[0]} is empty"
    if content[0] != "!" and _INDEX.search(_TEXT.sub("''", content)):
        return f"{found[0]}: an index is written with a dot, as in items.[0]"
    return ""


def _block(content: str, opened: list[str]) -> str:
    """Follow the blocks that are open."""
    words = content[1:].lstrip(_SIGNS).split(maxsplit=1)
    if content[0] in "#^" and words:
        opened.append(words[0])
    elif content[0] == "/":
        name = words[0] if words else ""
        if not opened:
            return f"{{{{/{name}}}}} closes nothing"
        if (begun := opened.pop()) != name:
            return f"{{{{/{name}}}}} stands where {{{{/{begun}}}}} is expected"
    elif content.split(maxsplit=1)[0] in ("else", "^") and not opened:
        return f"{{{{{content}}}}} stands in no block"
    return ""
