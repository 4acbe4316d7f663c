"""Caches that make the next start faster and can be rebuilt."""

import time
from contextlib import suppress

from localenv.engines import Cached
from localenv.engines.choosing import ENGINES, engine
from localenv.errors import LocalenvError


def cached() -> list[Cached]:
    """Every cache of every available engine, the longest unused first."""
    found: list[Cached] = []
    for name in ENGINES:
        with suppress(LocalenvError):
            found += engine(name).cache.cached()
    return sorted(found, key=lambda one: one.used)


def prune(unused: float) -> list[Cached]:
    """Remove caches that are not in use and were not used for `unused` seconds; returns the removed ones."""
    removed: list[Cached] = []
    for name in ENGINES:
        with suppress(LocalenvError):
            cache = engine(name).cache
            due = [one for one in cache.cached() if not one.in_use and one.used <= time.time() - unused]
            removed += [one for one in due if cache.remove(one)]
    return removed
