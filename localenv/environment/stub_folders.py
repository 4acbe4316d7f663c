"""The folder of an upstream's own stubs, where new ones are saved."""

from pathlib import Path

from localenv import settings
from localenv.errors import UsageError, shown
from localenv.host import contained
from localenv.stack import Stack
from localenv.stubs import sources


def own(stack: Stack, upstream: str) -> Path:
    """Its `mappings/`; raises UsageError if it has none, and as `check`."""
    known = stack.upstreams.get(upstream)
    folder = sources.paste_into(known.sources) if known else None
    if folder is None:
        name = upstream or "an upstream"
        raise UsageError(
            f"{name} has no folder of stubs",
            hint=f"make one with mappings/ in it: upstreams: {{{name}: {{stubs: ../stubs/{name}}}}}",
        )
    check(stack, folder)
    return folder


def check(stack: Stack, folder: Path) -> None:
    """Raise UsageError for a folder that a link, which may be new, leads out of the repository."""
    if not contained.is_within(folder, [stack.folder, *settings.load().allowed(stack.folder)]):
        raise UsageError(f"nothing was written: {shown(folder)} leads out of the repository, to {folder.resolve()}")
