"""Where localenv's own files are, and the name of every one: in state, cache and locks, and in a repository."""

import os
from collections.abc import Mapping
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def templates() -> Path:
    """The folder of the built-in templates."""
    return _shipped("templates")


def packs() -> Path:
    """The folder of the packs of stubs that come with localenv, a WireMock root each."""
    return _shipped("stubs")


# in a repository


def descriptions(folder: Path) -> Path:
    """The folder of the descriptions that belong to a folder; nothing has to be there."""
    return folder / "envs"


def described(file: Path) -> Path | None:
    """The folder that a description in an `envs/` belongs to; None for a file elsewhere."""
    return file.parent.parent if file.parent == descriptions(file.parent.parent) else None


def overlays(repository: Path) -> Path:
    """Where a repository lays its own fragments over the built-in templates."""
    return descriptions(repository) / "templates"


def project(repository: Path, identity: str) -> Path:
    """What paths in an environment's rendered files are relative to; nothing has to be there."""
    return repository / ".localenv" / identity


def config() -> Path:
    """The user's settings, a file that need not exist."""
    return _home("XDG_CONFIG_HOME", ".config") / "localenv" / "config.yaml"


def movable() -> Mapping[Path, str]:
    """The folders that localenv writes in, each with the variable that names another place for it."""
    homes = {"XDG_STATE_HOME": ".local/state", "XDG_CACHE_HOME": ".cache"}
    return {_home(variable, default) / "localenv": variable for variable, default in homes.items()}


# the state of one environment


def state(identity: str, *, make: bool = True) -> Path:
    """The private folder of one environment's state, made where it is missing; raises ValueError for no identity."""
    if not identity or identity.startswith(".") or "/" in identity or "\0" in identity:
        raise ValueError(f"{identity!r} is not the identity of an environment")
    return _private(_states() / identity) if make else _states() / identity


def record(identity: str) -> Path:
    """What is recorded of an environment."""
    return state(identity, make=False) / "state.json"


def events(identity: str) -> Path:
    """Its events, one JSON object a line."""
    return state(identity, make=False) / "events.jsonl"


def variables(identity: str) -> Path:
    """The texts of the variables that its last start used."""
    return state(identity, make=False) / "variables.json"


def stack(identity: str) -> Path:
    """The stack that its last start applied."""
    return state(identity, make=False) / "stack.json"


def rendered(identity: str) -> Path:
    """The folder of its rendered files: where no container that mounts the repository reaches them."""
    return state(identity, make=False) / "compose"


def compose_file(folder: Path) -> Path:
    """The rendered file in a folder; what it must not depend on stands in others beside it."""
    return folder / "compose.yaml"


def compose_network(folder: Path) -> Path:
    """The subnet, beside the rendered file."""
    return folder / "network.yaml"


def compose_proxies(folder: Path) -> Path:
    """The machine's proxies, beside the rendered file."""
    return folder / "proxies.yaml"


def dotenv(folder: Path) -> Path:
    """The values of variables in a folder: of a repository, or of rendered files."""
    return folder / ".env"


def guard_record(folder: Path) -> Path:
    """What the guard has written down, in the folder of an environment's state."""
    return folder / "guard.json"


def guard_log(folder: Path) -> Path:
    """What the guard has said, in the folder of an environment's state."""
    return folder / "guard.log"


def passwords(identity: str) -> Path:
    """Its random passwords."""
    return state(identity, make=False) / "passwords.json"


def generated_secrets(identity: str) -> Path:
    """Its generated secrets."""
    return state(identity, make=False) / "generated.json"


def secret_files(identity: str) -> Path:
    """The folder of its secrets and configs as this machine reads them."""
    return state(identity, make=False) / "files"


def snapshots(identity: str) -> Path:
    """The folder of what its needs held once they were seeded."""
    return state(identity, make=False) / "seeded"


def guest_snapshots(identity: str) -> Path:
    """The folder of what its needs held when a test session attached to it."""
    return state(identity, make=False) / "pytest"


def smoke_snapshots(identity: str) -> Path:
    """The folder of what its needs held before smoke checks."""
    return state(identity, make=False) / "smoke"


def checkout(identity: str) -> Path:
    """Which checkout its containers belong to."""
    return state(identity, make=False) / "checkout.json"


def network(identity: str) -> Path:
    """The subnet of its network."""
    return state(identity, make=False) / "network.json"


def logs(identity: str) -> Path:
    """The folder of what its programs printed, where it runs natively."""
    return state(identity, make=False) / "logs"


def written(identity: str) -> Path:
    """The folder of what its jobs wrote for their services, in a folder of each job's name."""
    return state(identity, make=False) / "written"


def log(identity: str, name: str) -> Path:
    """What one program printed, where it runs natively."""
    return logs(identity) / f"{name}.log"


def data(identity: str, name: str = "") -> Path:
    """The folder of one program's own files, or of all of them, where it runs natively."""
    return state(identity, make=False) / "data" / name


def home(identity: str) -> Path:
    """The folder that clients of its needs take for their user's, where it runs natively."""
    return state(identity, make=False) / "home"


# the state of this machine


def states() -> tuple[str, ...]:
    """The identities that have a folder of state on this machine, in order."""
    try:
        found = [entry.name for entry in _states().iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except FileNotFoundError:
        return ()
    return tuple(sorted(found))


def locks() -> Path:
    """The private folder of this machine's locks, made where it is missing; it outlives every environment."""
    return _private(_states() / ".locks")


def lock(identity: str) -> Path:
    """The file whose lock is the environment's, or this machine's behind a dot; the pid of its holder is in it."""
    return locks() / f"{identity}.lock"


def down_request(identity: str) -> Path:
    """Which `localenv down` waits for the owner of an environment to end."""
    return locks() / f"{identity}.down"


def port_claims() -> Path:
    """The ports that were reserved a moment ago, by identity."""
    return locks() / "ports.json"


def locked() -> tuple[str, ...]:
    """The identities that have a lock, held or not, in order."""
    return tuple(sorted(file.stem for file in (_states() / ".locks").glob("[!.]*.lock")))


def session(name: str) -> Path:
    """The folder of what the processes of one test session share; it need not exist."""
    return _states() / ".sessions" / name


def reports() -> Path:
    """The private folder of reports about bugs, made where it is missing."""
    return _private(_states() / ".reports")


# the cache


def cache() -> Path:
    """The private folder of what can be made again, made where it is missing."""
    return _private(_home("XDG_CACHE_HOME", ".cache") / "localenv")


def images() -> Path:
    """What is known of images that were built, a file each."""
    return cache() / "images"


def setups() -> Path:
    """Prepared folders of services."""
    return cache() / "setups"


def databases(kind: str) -> Path:
    """Empty databases of a kind of need, a folder each."""
    return cache() / kind


def about(entry: Path) -> Path:
    """What an entry of the cache holds, whose name is a hash."""
    return entry.with_name(f".{entry.name}.about")


def wiremock() -> Path:
    """WireMock's jar and its archives."""
    return cache() / "wiremock"


def versions() -> Path:
    """What programs have said that their version is."""
    return cache() / "versions"


def pycache() -> Path:
    """What Python makes of sources that nothing is to be written beside."""
    return cache() / "pycache"


def digests() -> Path:
    """Digests of many files, which are read again once one of these changes."""
    return cache() / "digests"


def build_log(identity: str, name: str) -> Path:
    """What the last build of a service printed that failed; it outlives the environment."""
    return cache() / "builds" / f"{identity}.{name}.log"


def _shipped(name: str) -> Path:
    """A folder beside the package, which a wheel has inside; only then is what lies beside it a stranger's."""
    inside = _PACKAGE / f"_{name}"
    return inside if inside.is_dir() else _PACKAGE.parent / name


def _states() -> Path:
    return _home("XDG_STATE_HOME", ".local/state") / "localenv"


def _home(variable: str, default: str) -> Path:
    given = Path(os.environ.get(variable, ""))
    return given if given.is_absolute() else Path.home() / default  # a relative one must be ignored, says its standard


def _private(folder: Path) -> Path:
    if folder.is_dir():  # an older, wider one stays as its user made it
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder
