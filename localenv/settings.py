"""The user's own settings, `~/.config/localenv/config.yaml`: permissions that a repository cannot grant itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localenv import paths, sources
from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.sources import Items, Node, Table, Text, durations
from localenv.stack import permissions

_KEYS = ("engine", "timeout", "allow")
_ALLOWED = ("paths", "permissions", "hosts", "real")
_FORM = "a checkout must be {paths: [FOLDER, …], permissions: [KEY, …], hosts: [HOST:PORT, …], real: [UPSTREAM, …]}"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The user's settings, global and per checkout."""

    engine: str | None = None
    timeout: float | None = None  # seconds for everything to become ready
    folders: Mapping[Path, tuple[Path, ...]] = field(default_factory=dict)  # by checkout: folders outside
    permissions: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)  # by checkout: permissions of services

    hosts: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)  # by checkout: other hosts that may be called
    reals: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)  # by checkout: upstreams whose server is real

    def callable(self, checkout: Path) -> tuple[str, ...]:
        """Hosts, with or without a port, that smoke checks and stubs of this checkout may call besides its own."""
        return self.hosts.get(checkout.resolve(), ())

    def real(self, checkout: Path) -> tuple[str, ...]:
        """Upstreams of this checkout whose real servers answer from the start."""
        return self.reals.get(checkout.resolve(), ())

    def allowed(self, checkout: Path) -> tuple[Path, ...]:
        """Folders outside the repository that this checkout may use."""
        return self.folders.get(checkout.resolve(), ())

    def permitted(self, checkout: Path) -> tuple[str, ...]:
        """The permissions for the raw Compose keys of this checkout's services, by the names of `permissions`."""
        return self.permissions.get(checkout.resolve(), ())


def load() -> Settings:
    """The settings; raises DescriptionError for a file that cannot be used.

    ```yaml
    engine: native
    timeout: 5m
    allow:
      /home/me/orders: {paths: [/home/me/shared], permissions: [privileged], hosts: [sandbox.example:443]}
    ```

    `real: [users]` there names upstreams whose real servers answer from the start.
    """
    file = paths.config()
    if not file.exists():
        return Settings()
    table = sources.read(file)
    if unknown := next((key for key in table if key not in _KEYS), None):
        raise DescriptionError(
            [Problem(f"unknown key '{unknown}'", table.positions[unknown], f"one of {', '.join(_KEYS)}")]
        )
    allowed = _allowed(table.get("allow"))
    return Settings(
        engine=_engine(table.get("engine")),
        timeout=_timeout(table.get("timeout")),
        folders={checkout: _folders(granted) for checkout, granted in allowed.items()},
        permissions={checkout: _permissions(granted) for checkout, granted in allowed.items()},
        hosts={checkout: tuple(map(str, _items(granted, "hosts"))) for checkout, granted in allowed.items()},
        reals={checkout: tuple(map(str, _items(granted, "real"))) for checkout, granted in allowed.items()},
    )


def _engine(node: Node | None) -> str | None:
    if node is not None and not isinstance(node, Text):
        raise _wrong("'engine' must be the name of an engine", node, hint="as in engine: native")
    return None if node is None else str(node)


def _timeout(node: Node | None) -> float | None:
    if node is None:
        return None
    try:
        found = durations.seconds(node) if isinstance(node, Text) else 0.0
    except ValueError:
        found = 0.0
    if not found:
        raise _wrong("'timeout' must be a duration", node, hint="as in 90s or 5m")
    return found


def _allowed(node: Node | None) -> dict[Path, Table]:
    if node is None:
        return {}
    if not isinstance(node, Table):
        raise _wrong("'allow' must be a mapping of checkouts", node)
    return {Path(checkout).expanduser().resolve(): _checkout(granted) for checkout, granted in node.items()}


def _checkout(node: Node) -> Table:
    if not isinstance(node, Table) or not node:
        raise _wrong(_FORM, node)
    for key, granted in node.items():
        if key not in _ALLOWED or not isinstance(granted, Items) or not all(isinstance(item, Text) for item in granted):
            raise _wrong(_FORM, node, node.positions[key])
    return node


def _folders(granted: Table) -> tuple[Path, ...]:
    return tuple(Path(str(item)).expanduser().resolve() for item in _items(granted, "paths"))


def _permissions(granted: Table) -> tuple[str, ...]:
    for item in _items(granted, "permissions"):
        if item not in permissions.NAMES:
            raise _wrong(f"unknown permission '{item}'", item, hint=f"available: {', '.join(permissions.NAMES)}")
    return tuple(str(item) for item in _items(granted, "permissions"))


def _items(granted: Table, key: str) -> list[Text]:
    listed = granted.get(key)
    return [item for item in listed if isinstance(item, Text)] if isinstance(listed, Items) else []


def _wrong(message: str, node: Node, at: Position | None = None, hint: str = "") -> DescriptionError:
    return DescriptionError([Problem(message, at or node.at, hint)])
