"""An override in one line."""

from typing import TYPE_CHECKING

from localenv import redaction

if TYPE_CHECKING:
    from localenv.environment.overrides.entries import Override


def line(one: "Override", done: str = "", *, is_over: bool = False) -> str:
    """Its id, upstream and effect, and whose it is and until when; or what was `done` with it."""
    times = f", {one.times} times" if one.times and done else ""
    what = done if is_over else f"{done}{one.limit}" if done else one.ending
    return redaction.redacted(f"{one.id}  {one.subject}: {one.title}{times} ({what})")
