"""What is asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from localenv.environment.locating import Target, locate


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for; `timeout` in seconds for everything to become ready, without builds, downloads and jobs."""

    target: Target
    engine: str | None = None  # None: the user's own setting, else auto
    name: str | None = None
    profiles: tuple[str, ...] = ()
    timeout: float | None = None  # None: the user's own setting, else two minutes
    keep_on_failure: bool = False
    workers: int = 1  # each has services, stub addresses and data of its own
    owner: int | None = None  # the process whose death ends it; None: this one
    is_command: bool = False  # this process ends cleanly on SIGTERM
    detach: bool = False  # nobody owns it once it is up
    build: bool = False  # what is built already is built again
    fresh: bool = False  # everything begins anew, with fresh data but for what is kept; built again too
    lease: float | None = None  # seconds until it then ends by itself

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
        """A request for `envs/ENV.yaml` (default `LOCALENV_ENV`, else `local`), seen from a folder or this one.

        Raises UsageError where there is no such description.
        """
        target = locate(env, folder)
        return cls(target=target, engine=engine, name=name, profiles=profiles, timeout=timeout)
