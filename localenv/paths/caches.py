"""The paths of cached files: whatever is below them can be made again."""

from pathlib import Path

from localenv.paths import homes


def folder() -> Path:
    """The private folder of caches, created if missing."""
    return homes.private(homes.caches())


def images() -> Path:
    """The markers of built images, one file each."""
    return folder() / "images"


def setups() -> Path:
    """Prepared folders of services."""
    return folder() / "setups"


def databases(kind: str) -> Path:
    """Empty databases of a kind of need, one folder each."""
    return folder() / kind


def about(entry: Path) -> Path:
    """The description of a cache entry, whose name is a hash."""
    return entry.with_name(f".{entry.name}.about")


def wiremock() -> Path:
    """WireMock's jar and its archives."""
    return folder() / "wiremock"


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


def contracts() -> Path:
    """What is made of contracts, one folder each."""
    return folder() / "contracts"


def builds() -> Path:
    """The output of failed builds, one file for each service."""
    return folder() / "builds"


def build_log(identity: str, name: str) -> Path:
    """The output of the last failed build of a service; it outlives the environment."""
    return builds() / f"{identity}.{name}.log"
