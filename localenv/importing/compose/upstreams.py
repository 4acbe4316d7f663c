"""Services that become upstreams: those a person names, and WireMock with the root that it mounts."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localenv.host import contained
from localenv.importing import Checkout
from localenv.importing.compose import commands
from localenv.importing.compose.parts import ProjectSketch
from localenv.importing.compose.texts import mapped, text
from localenv.importing.stub_roots import empty
from localenv.importing.targets import UPSTREAMS

_HOME = "/home/wiremock"
_TEMPLATING = "--global-response-templating"
_WITHOUT_EFFECT = re.compile(  # on answers; where it listens and how much it keeps is localenv's
    r"--(verbose|(https-)?port|bind-address|root-dir|disable-banner|print-all-network-traffic|local-response-templating"
    r"|no-request-journal|max-request-journal(-entries)?|container-threads|jetty-.*|async-.*|logged-.*|disable-gzip"
    r"|https-(keystore|truststore)|keystore-.*|truststore-.*|key-manager-password|load-resources-from-classpath)"
)


def root(service: Mapping[str, Any], place: Checkout) -> Path | None:
    """The folder that WireMock mounts as its root; None if there is none in the repository."""
    for volume in service.get("volumes") or ():
        target, source = str(volume.get("target", "")).rstrip("/"), Path(str(volume.get("source", "")))
        if volume.get("type") == "bind" and target in (_HOME, f"{_HOME}/mappings"):
            found = source if target == _HOME else source.parent
            is_within = contained.is_within(found, [place.repository])
            if is_within and (found / "mappings").is_dir():
                return found
    return None


def _options(name: str, service: Mapping[str, Any], found: ProjectSketch) -> dict[str, str]:
    """The options of WireMock's command line that change its answers; those without a counterpart are named."""
    atoms = found.project.atoms
    words = [atoms.plain(one) for key in ("entrypoint", "command") for one in commands.words(service.get(key), atoms)]
    given = atoms.plain(atoms.read(text(mapped(service.get("environment")).get("WIREMOCK_OPTIONS"))))
    options = [one for word in [*words, *given.split(",")] for one in word.split() if one.startswith("--")]
    named = {one.partition("=")[0] for one in options if not one.endswith("=false")}
    for one in sorted(named):
        if one != _TEMPLATING and not _WITHOUT_EFFECT.fullmatch(one):
            found.sketch.leave_out(f"{name}: {one}", "no counterpart")
    return {"templating": "all"} if _TEMPLATING in named else {}


def write(name: str, stubs: Path | None, service: Mapping[str, Any], found: ProjectSketch) -> None:
    """Write the upstream, with an empty root where there is none yet."""
    sketch, place = found.sketch, found.place
    if stubs is not None:
        sketch.section(UPSTREAMS)[name] = {
            "stubs": os.path.relpath(stubs, place.envs),
            **_options(name, service, found),
        }
        return
    sketch.section(UPSTREAMS)[name] = {"stubs": f"../stubs/{name}"}
    sketch.comment("no stubs yet: localenv status shows each request, with a stub to paste", UPSTREAMS, name)
    sketch.files |= empty(name)
    if service.get("volumes"):
        sketch.leave_out(f"{name}: volumes", "stubs answer in its place")
