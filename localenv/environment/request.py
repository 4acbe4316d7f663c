"""The request that `up` and the other operations take."""

from __future__ import annotations

import os
from dataclasses import dataclass

TYPE_CHECKING = False  # without `typing`: see the docstring of `localenv`
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from localenv.environment.locating import Target


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request for an environment; `timeout`: seconds until everything is ready, without builds, downloads, jobs."""

    target: Target
    engine: str | None = None  # None: the user's own setting, else auto
    name: str | None = None
    profiles: tuple[str, ...] = ()
    timeout: float | None = None  # None: the user's own setting, else two minutes
    keep_on_failure: bool = False
    workers: int = 1  # each gets its own services, stub addresses and data
    owner: int | None = None  # pid: the environment ends when this process dies; None: this process
    is_command: bool = False  # this process exits cleanly on SIGTERM
    detach: bool = False  # no owner once it is up
    build: bool = False  # rebuild even if unchanged
    reals: tuple[str, ...] = ()  # upstreams whose real servers answer when everything is ready
    own_reals: tuple[str, ...] = ()  # others that the user's own settings name
    observe: bool = False  # compare their answers with those of the stubs
    scenario: str = ""  # to activate when everything is ready
    fresh: bool = False  # rebuild and start everything with fresh data, except kept data
    without: tuple[str, ...] = ()  # services that are not started: they run on this machine
    lease: float | None = None  # seconds until a detached environment is removed

    @classmethod
    def of(
        cls,
        env: str | None = None,
        *,
        folder: Path | None = None,
        engine: str | None = None,
        name: str | None = None,
        profiles: tuple[str, ...] = (),
        timeout: float | None = None,
    ) -> Self:
        """A request for `envs/ENV.yaml`, located from a folder or the current one.

        The defaults are those of the command line: `LOCALENV_ENV`, else `local`, `LOCALENV_ENGINE`, `LOCALENV_NAME`.
        Raises UsageError if there is no such description.
        """
        from localenv.environment.locating import locate  # the class is exported, and its import must cost little

        return cls(
            target=locate(env, folder),
            engine=engine or os.environ.get("LOCALENV_ENGINE") or None,
            name=name or os.environ.get("LOCALENV_NAME") or None,
            profiles=profiles,
            timeout=timeout,
        )
