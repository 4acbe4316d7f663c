"""The paths of cached files: whatever is below them can be made again."""

from pathlib import Path

from localenv.paths import homes


def folder() -> Path:
    """The private folder of caches, created if missing."""
    return homes.private(homes.caches())


def images() -> Path:
    """The markers of built images, one file each."""
    return folder() / "images"


def image(key: str) -> Path:
    """The marker of one built image."""
    return images() / f"{key}.json"


def setups() -> Path:
    """Prepared folders of services."""
    return folder() / "setups"


def setup(key: str) -> Path:
    """The prepared folder of one service."""
    return setups() / key


def virtualenv() -> Path:
    """What virtualenv copies into each virtual environment: pip, unpacked."""
    return folder() / "virtualenv"


def databases(kind: str) -> Path:
    """Empty databases of a kind of need, one folder each."""
    return folder() / kind


def database(kind: str, key: str) -> Path:
    """One empty database."""
    return databases(kind) / key


def prepared() -> Path:
    """What containers have prepared for others, one archive each."""
    return folder() / "prepared"


def prepared_files(key: str) -> Path:
    """The archive of one."""
    return prepared() / f"{key}.tar"


# beside a cache entry; `scripts/bound.py`, `spare.py` and `training.py`, which run separately, name these files too


def entries(place: Path) -> list[Path]:
    """The entries of a folder of caches, without what is beside them."""
    return sorted(one for one in place.glob("[!.]*") if one.suffix not in (".lock", ".making"))


def about(entry: Path) -> Path:
    """The description of an entry, whose name is a hash."""
    return entry.with_name(f".{entry.name}.about")


def lock(entry: Path) -> Path:
    """The lock of whoever makes or removes an entry."""
    return entry.with_suffix(".lock")


def spare(entry: Path) -> Path:
    """A copy of an entry that is ready to be taken."""
    return entry.with_suffix(".spare")


def failed(entry: Path) -> Path:
    """The reason why an entry could not be made."""
    return entry.with_suffix(".failed")


def needed(entry: Path) -> Path:
    """A note that an entry was needed before it was made."""
    return entry.with_suffix(".needed")


def checked(entry: Path) -> Path:
    """What an entry was like when it was found undamaged."""
    return entry.with_suffix(".whole")


def whole(entry: Path) -> Path:
    """The checksum of an entry whose name does not have it."""
    return entry.with_suffix(".sum")


def bounded(place: Path) -> Path:
    """A file whose time is that of the last removal of what was too much in a folder of caches."""
    return place / ".bounded"


def wiremock() -> Path:
    """WireMock's jar and its archives."""
    return folder() / "wiremock"


def wiremock_jar(version: str) -> Path:
    """The fetched jar of a version."""
    return wiremock() / f"wiremock-standalone-{version}.jar"


def wiremock_archive(name: str) -> Path:
    """An archive of its classes, without the checksum that its name ends with."""
    return wiremock() / name


def versions() -> Path:
    """The cached versions of programs."""
    return folder() / "versions"


def debuggers() -> Path:
    """A folder of Python's import path with nothing but debuggers."""
    return folder() / "debuggers"


def pycache() -> Path:
    """Python's bytecode of sources that must stay unchanged."""
    return folder() / "pycache"


def digests() -> Path:
    """Cached digests of many files, computed again when one of these changes."""
    return folder() / "digests"


def digest(key: str) -> Path:
    """One of them."""
    return digests() / key


def contracts() -> Path:
    """What is made of contracts, one folder each."""
    return folder() / "contracts"


def contract(key: str) -> Path:
    """What is made of one contract."""
    return contracts() / key


def builds() -> Path:
    """The output of failed builds, one file for each service."""
    return folder() / "builds"


def build_log(identity: str, name: str) -> Path:
    """The output of the last failed build of a service; it outlives the environment."""
    return builds() / f"{identity}.{name}.log"
