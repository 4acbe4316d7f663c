"""What the native engine can run of backing services and stub servers, and the one dict that names the modules."""

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from localenv.engines.native.program import NativeKind, NativeNeed

STUBS = "wiremock"  # the module of the stub server

KINDS: Mapping[str, str] = {
    "postgres": "localenv.engines.native.kinds.postgres",
    "mariadb": "localenv.engines.native.kinds.mariadb",
    "mysql": "localenv.engines.native.kinds.mysql",
    "redis": "localenv.engines.native.kinds.redis",
    "rabbitmq": "localenv.engines.native.kinds.rabbitmq",
    "nats": "localenv.engines.native.kinds.nats",
    STUBS: "localenv.engines.native.wiremock",
}


def kind(name: str) -> NativeKind:
    """The module of a kind; raises KeyError for one that does not exist."""
    return cast(NativeKind, import_module(KINDS[name]))


def need_kind(name: str) -> NativeNeed:
    """The module of a kind of backing service; raises KeyError for one that does not exist."""
    return cast(NativeNeed, kind(name))
