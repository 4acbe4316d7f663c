"""The user's own settings, `~/.config/localenv/config.yaml`: what no repository may decide for itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localenv import paths, sources
from localenv.errors import DescriptionError, Problem
from localenv.sources import Items, Node, Table, Text

_KEYS = ("engine", "allow")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user says for every repository, and for one checkout alone."""

    engine: str | None = None
    folders: Mapping[Path, tuple[Path, ...]] = field(default_factory=dict)  # by checkout: what it may reach outside

    def allowed(self, checkout: Path) -> tuple[Path, ...]:
        """Folders outside the repository that this checkout may refer to."""
        return self.folders.get(checkout.resolve(), ())


def load() -> Settings:
    """The settings; raises DescriptionError for a file that cannot be used.

    ```yaml
    engine: native
    allow:
      /home/me/orders: {paths: [/home/me/shared]}
    ```
    """
    file = paths.config()
    if not file.exists():
        return Settings()
    table = sources.read(file)
    if unknown := next((key for key in table if key not in _KEYS), None):
        raise DescriptionError(
            [Problem(f"unknown key '{unknown}'", table.positions[unknown], f"one of {', '.join(_KEYS)}")]
        )
    engine = table.get("engine")
    return Settings(
        engine=str(engine) if isinstance(engine, Text) else None, folders=_folders(table.get("allow"), file)
    )


def _folders(node: Node | None, file: Path) -> dict[Path, tuple[Path, ...]]:
    if node is None:
        return {}
    if not isinstance(node, Table):
        raise _wrong("'allow' is a mapping of checkouts", node)
    return {Path(checkout).expanduser().resolve(): _paths(said) for checkout, said in node.items()}


def _paths(node: Node) -> tuple[Path, ...]:
    listed = node.get("paths") if isinstance(node, Table) else None
    if not isinstance(listed, Items) or not all(isinstance(item, Text) for item in listed):
        raise _wrong("a checkout is allowed {paths: [FOLDER, …]}", node)
    return tuple(Path(str(item)).expanduser().resolve() for item in listed)


def _wrong(message: str, node: Node) -> DescriptionError:
    return DescriptionError([Problem(message, node.at)])
