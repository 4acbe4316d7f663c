"""The variables that an image sets by itself, for a program that runs without it."""

import re
from collections.abc import Container, Mapping

_EVERYWHERE = "0.0.0.0"  # noqa: S104
_OF_IMAGES = re.compile(  # those of languages, tools and systems, which are other ones on this machine
    r"PATH|HOME|PORT|HOST|USER|SHELL|TERM|TZ|LANG|LC_\w+|DEBIAN_FRONTEND|VIRTUAL_ENV|\w+_(?:VERSION|HOME|PATH|CACHE)"
    r"|(?:NODE|RAILS|RACK|BUN|DENO)_ENV|(?:PYTHON|PIP|PIPENV|UV|POETRY|NPM|YARN|PNPM|BUNDLE|GEM|GO|CGO|CARGO|RUST|JAVA|MAVEN"
    r"|GRADLE|LD|NEXT_TELEMETRY|CI)\w*"
)


def of(written: Mapping[str, str], port: int | None, known: Container[str] = ()) -> dict[str, str]:
    """Those that a program may read: no paths of the image, and none of `known`."""
    found: dict[str, str] = {}
    for name, value in written.items():
        is_path = value.startswith(("/", ".", ":")) or ":/" in value.replace("://", "")
        if not value or is_path or name in known or _OF_IMAGES.fullmatch(name) or re.search(r"[\n`]", value):
            continue
        is_port = port is not None and value == str(port) and name.endswith("PORT")
        found[name] = "${port}" if is_port else "${bind}" if value == _EVERYWHERE and port is not None else value
    return found
