"""Formats of dates that Java refuses, found as `DateTimeFormatter.ofPattern` finds them."""

import re

_COUNTS = {  # how often each letter can stand, in a row
    **dict.fromkeys("acFW", (1,)), **dict.fromkeys("dhHkKmsw", (1, 2)), "D": (1, 2, 3), "V": (2,), "z": range(1, 5),
    **dict.fromkeys("Ov", (1, 4)), "B": (1, 4, 5), "S": range(1, 10), **dict.fromkeys("uyYAnNg", range(1, 20)),
    **dict.fromkeys("GMLQqEeZXx", range(1, 6)), "c": (1, 3, 4, 5),
}  # fmt: skip
_PIECE = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|.", re.DOTALL)
_SPECIAL = ("epoch", "unix")  # of WireMock


def mistake(form: str) -> str:
    """Why Java does not take a format; empty if it does."""
    if form in _SPECIAL:
        return ""
    is_padded, depth = False, 0
    for piece in (match[0] for match in _PIECE.finditer(form)):
        if is_padded and not piece[0].isalpha():
            break
        is_padded = piece[0] == "p" and not is_padded
        depth += {"[": 1, "]": -1}.get(piece, 0)
        if depth < 0:
            return "a ']' closes no '['"
        if not is_padded and (why := _piece(piece)):
            return why
    return "'p' must be followed by the letters that it pads" if is_padded else ""


def _piece(piece: str) -> str:
    if piece == "'":
        return 'a "\'" is not closed'
    if piece in ("{", "}", "#"):
        return f"'{piece}' is reserved"
    if not (piece[0].isascii() and piece[0].isalpha()):
        return ""
    if piece[0] not in _COUNTS:
        return f"'{piece[0]}' is no letter of a date: write plain text in single quotes"
    return "" if len(piece) in _COUNTS[piece[0]] else f"'{piece}' has the wrong number of letters"
