"""The paths of all of localenv's own files: in state and locks, and in a repository; those of `caches` beside it."""

from collections.abc import Mapping
from pathlib import Path

from localenv.paths import homes

CONTRACT_LOCK = "contracts.lock"

_PACKAGE = Path(__file__).resolve().parents[1]


def templates() -> Path:
    """The folder of the built-in templates."""
    return _shipped("templates")


def packs() -> Path:
    """The folder of the stub packs included in localenv, each a WireMock root."""
    return _shipped("stubs")


def descriptions(folder: Path) -> Path:
    """The folder of the descriptions that belong to a folder; may not exist."""
    return folder / "envs"


def description(folder: Path, env: str, ending: str = ".yaml") -> Path:
    """The description of an environment that belongs to a folder; may not exist."""
    return descriptions(folder) / f"{env}{ending}"


def described(file: Path) -> Path | None:
    """The folder that a description in an `envs/` belongs to; None for a file elsewhere."""
    return file.parent.parent if file.parent == descriptions(file.parent.parent) else None


def overlays(repository: Path) -> Path:
    """The folder with a repository's own fragments, which override the built-in templates."""
    return descriptions(repository) / "templates"


def contract_lock(envs: Path) -> Path:
    """The accepted contracts of the descriptions in a folder."""
    return envs / CONTRACT_LOCK


def project(repository: Path, identity: str) -> Path:
    """The base of paths in an environment's rendered files; may not exist."""
    return repository / ".localenv" / identity


def config() -> Path:
    """The user's settings, a file that may not exist."""
    return homes.home("XDG_CONFIG_HOME", ".config") / "localenv" / "config.yaml"


def movable() -> Mapping[Path, str]:
    """The folders that localenv writes to, each with the variable that sets another location."""
    return {homes.states(): "XDG_STATE_HOME", homes.caches(): "XDG_CACHE_HOME"}


# the state of one environment


def state(identity: str, *, make: bool = True) -> Path:
    """The private folder of one environment's state, created if missing; raises ValueError for an invalid identity."""
    if not identity or identity.startswith(".") or "/" in identity or "\0" in identity:
        raise ValueError(f"{identity!r} is not the identity of an environment")
    return homes.private(homes.states() / identity) if make else homes.states() / identity


def record(identity: str) -> Path:
    """The record of an environment."""
    return state(identity, make=False) / "state.json"


def events(identity: str) -> Path:
    """Its events, one JSON object per line."""
    return state(identity, make=False) / "events.jsonl"


def variables(identity: str) -> Path:
    """The values of the variables that its last start used."""
    return state(identity, make=False) / "variables.json"


def stack(identity: str) -> Path:
    """The stack that its last start applied."""
    return state(identity, make=False) / "stack.json"


def rendered(identity: str) -> Path:
    """The folder of its rendered files: outside of the repository, so that containers cannot write to it."""
    return state(identity, make=False) / "compose"


def scenario_states(identity: str, server: str) -> Path:
    """How far the scenarios of overrides were when their stub server was stopped on purpose."""
    return state(identity, make=False) / f"scenarios.{server}.json"


def dotenv(folder: Path) -> Path:
    """The values of variables in a folder: of a repository, or of rendered files."""
    return folder / ".env"


def guard_record(folder: Path) -> Path:
    """The record of the guard, in the folder of an environment's state."""
    return folder / "guard.json"


def guard_log(folder: Path) -> Path:
    """The log of the guard, in the folder of an environment's state."""
    return folder / "guard.log"


def resources(identity: str) -> Path:
    """The resources that its stateful upstreams keep."""
    return state(identity, make=False) / "resources.json"


def flags(identity: str) -> Path:
    """Its feature flags in flagd's format."""
    return state(identity, make=False) / "flags.json"


def overrides(identity: str) -> Path:
    """What differs from its description while it runs; private, because stubs may contain anything."""
    return state(identity, make=False) / "overrides.json"


def observed(identity: str, upstream: str) -> Path:
    """How the stubs of an upstream differ from its real server."""
    return state(identity, make=False) / f"observed.{upstream}.json"


def overrides_lock(identity: str) -> Path:
    """The lock of that record."""
    return state(identity, make=False) / "overrides.lock"


def passwords(identity: str) -> Path:
    """Its random passwords."""
    return state(identity, make=False) / "passwords.json"


def secret_files(identity: str) -> Path:
    """The folder of its secrets and configs for this machine."""
    return state(identity, make=False) / "files"


def snapshots(identity: str) -> Path:
    """The folder with the snapshots of its needs after seeding."""
    return state(identity, make=False) / "seeded"


def memories(identity: str) -> Path:
    """The folder with what needs that are stopped have held in memory alone."""
    return state(identity, make=False) / "memories"


def guest_snapshots(identity: str) -> Path:
    """The folder with the snapshots of its needs when a test session attached to it."""
    return state(identity, make=False) / "pytest"


def smoke_snapshots(identity: str) -> Path:
    """The folder with the snapshots of its needs before smoke checks."""
    return state(identity, make=False) / "smoke"


def checkout(identity: str) -> Path:
    """The record of the checkout that its containers belong to."""
    return state(identity, make=False) / "checkout.json"


def network(identity: str) -> Path:
    """The subnet of its network."""
    return state(identity, make=False) / "network.json"


def watched(identity: str, name: str, part: str = "files") -> Path:
    """The folder with the `files` of a watched service as they last worked, or its `build` while another is made."""
    return state(identity, make=False) / "watched" / part / name


def watch_lock(identity: str) -> Path:
    """The lock file of the one command that takes changes of its services' files over; holds that one's pid."""
    return state(identity, make=False) / "watch.lock"


def logs(identity: str) -> Path:
    """The folder of its programs' logs, if it runs natively."""
    return state(identity, make=False) / "logs"


def stub_losses(identity: str, server: str) -> Path:
    """The record of what a stub server has lost."""
    return state(identity, make=False) / f"{server}.losses.json"


def outputs(identity: str) -> tuple[Path, ...]:
    """The records of files that its jobs and steps of `native.setup` have made in folders of code."""
    return tuple(sorted(_outputs(identity).glob("*.json")))


def output(identity: str, job: str) -> Path:
    """The record of files that one of them has made."""
    return _outputs(identity) / f"{job}.json"


def written(identity: str, job: str = "") -> Path:
    """The folder of files that one job wrote for its services, or of those of all jobs, one folder each."""
    return state(identity, make=False) / "written" / job


def log(identity: str, name: str) -> Path:
    """The log of one program, if it runs natively."""
    return logs(identity) / f"{name}.log"


def data(identity: str, name: str = "") -> Path:
    """The folder of one program's own files, or of all of them, if it runs natively."""
    return state(identity, make=False) / "data" / name


def prepared(identity: str) -> Path:
    """The folder with a file for each prepared folder that it uses, if it runs natively."""
    return state(identity, make=False) / "setups"


def home(identity: str) -> Path:
    """The home folder for clients of its needs, if it runs natively."""
    return state(identity, make=False) / "home"


# the state of this machine


def states() -> tuple[str, ...]:
    """The identities with a state folder on this machine, in order."""
    try:
        found = [entry.name for entry in homes.states().iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except FileNotFoundError:
        return ()
    return tuple(sorted(found))


def locks() -> Path:
    """The private folder of this machine's locks, created if missing; it outlives every environment."""
    return homes.private(homes.states() / ".locks")


def lock(identity: str) -> Path:
    """The lock file of the environment, or of this machine with a dot before the name; holds the pid of its owner."""
    return locks() / f"{identity}.lock"


def down_request(identity: str) -> Path:
    """The record of a `localenv down` that waits for the owner of an environment to exit."""
    return locks() / f"{identity}.down"


def port_claims() -> Path:
    """The recently reserved ports, by identity."""
    return locks() / "ports.json"


def locked() -> tuple[str, ...]:
    """The identities with a lock file, held or not, or a request to exit, in order."""
    found = (homes.states() / ".locks").glob("[!.]*")
    return tuple(sorted({file.stem for file in found if file.suffix in (".lock", ".down")}))


def session(name: str) -> Path:
    """The folder shared by the processes of one test session; may not exist."""
    return homes.states() / ".sessions" / name


def placeholder_key() -> Path:
    """The key that makes placeholders of secrets in recordings: the same ones on this machine, and none to guess."""
    return homes.private(homes.states() / ".recording") / "key"


def report(name: str) -> Path:
    """A bug report; creates their private folder if missing."""
    return homes.private(homes.states() / ".reports") / f"{name}.log"


def _outputs(identity: str) -> Path:
    return state(identity, make=False) / "outputs"


def _shipped(name: str) -> Path:
    """A folder beside the package, which is inside it in a wheel; in that case folders beside it are unrelated."""
    inside = _PACKAGE / f"_{name}"
    return inside if inside.is_dir() else _PACKAGE.parent / name
