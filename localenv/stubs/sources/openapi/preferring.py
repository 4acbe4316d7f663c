"""The `Prefer` header of a request: which declared answer it asks for."""

from collections.abc import Iterator
from dataclasses import replace

from localenv.stubs.sources.openapi.operations import Operation
from localenv.stubs.sources.openapi.regexes import quoted
from localenv.stubs.sources.openapi.responses import Reply

_USUAL = (400, 401, 403, 404, 409, 422, 429, 500, 503)  # codes that a range or `default` stands for


def preferences(
    operation: Operation, by_code: dict[str, list[Reply]], *, is_kept: bool = False
) -> Iterator[tuple[str, Reply]]:
    """What a `Prefer` header says for each declared answer that is not given anyway, the most precise first.

    `is_kept`: the operation is answered from what was created, so that its only example is not given anyway.
    """
    least = 1 if is_kept else 2
    named = [
        (code, one) for code, replies in by_code.items() for one in replies[1:] if one.example and len(replies) > least
    ]
    for code, reply in named:
        asked = rf"(?=.*\bcode={_asked(code)}\b)(?=.*\bexample={quoted(reply.example)}(\s|,|;|$))"
        yield rf"(?i){asked}.*", reply
    success = operation.success
    for code in (code for code in by_code if code != "default" and (success is None or code != success.code)):
        for status in _USUAL if not code.isdigit() else ():
            if str(status)[0] == code[0] and str(status) not in by_code and status != by_code[code][0].status:
                yield rf"(?i).*\bcode={status}\b.*", replace(by_code[code][0], status=status)
        yield rf"(?i).*\bcode={_asked(code)}\b.*", by_code[code][0]
    for status in _USUAL if "default" in by_code else ():
        if str(status) not in by_code:
            yield rf"(?i).*\bcode={status}\b.*", replace(by_code["default"][0], status=status)
    for _, reply in named:
        yield rf"(?i)(?!.*\bcode=).*\bexample={quoted(reply.example)}(\s|,|;|$).*", reply


def _asked(code: str) -> str:
    return code.upper().replace("X", r"\d")
