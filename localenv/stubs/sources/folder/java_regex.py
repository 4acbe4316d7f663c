"""Regular expressions that Java refuses, as far as Python's own can tell."""

import re
from warnings import catch_warnings, simplefilter

_ESCAPE = re.compile(r"\\(?:[pPxN]\{[^}]*\}|k<\w*>|[pP]\w|.)", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?[^\]]*\]")
_UNDECIDED = re.compile(r"\\Q|\(\?[a-zA-Z-]*x|\[\^?\]?[^\]]*\[")  # quotes, comments, classes in classes
_BRACE = re.compile(r"\{(?!\d+(?:,\d*)?\})")
_ANCHOR_REPEATED = re.compile(r"[\^$][*+?{]")  # which Java accepts
_SHARED = {  # what Python says of what Java refuses too
    "missing ), unterminated subpattern": "a group is not closed",
    "unbalanced parenthesis": "a ')' closes no group",
    "unterminated character set": "a '[' is not closed",
    "nothing to repeat": "there is nothing to repeat before '*', '+' or '?'",
    "min repeat greater than max repeat": "a repetition has a minimum above its maximum",
    "bad escape (end of pattern)": "it ends with a single backslash",
}


def mistake(pattern: str) -> str:
    """Why Java does not compile an expression; empty if it does, or if that is unknown."""
    plain = _ESCAPE.sub("a", pattern)
    if _UNDECIDED.search(pattern) or _UNDECIDED.search(plain):
        return ""
    if _BRACE.search(_CLASS.sub("a", plain)):
        return "a '{' begins no repetition: write \\\\{"
    try:
        with catch_warnings():
            simplefilter("ignore")
            re.compile(re.sub(r"\(\?<([A-Za-z]\w*)>", r"(?P<\1>", plain))
    except re.error as error:
        return "" if _ANCHOR_REPEATED.search(plain) else _SHARED.get(error.msg, "")
    except (RecursionError, OverflowError):
        return ""
    return ""
