"""What the native engine runs of backing services, and the stub server; other needs run in Docker only."""

from collections.abc import Mapping

from localenv.engines.native import wiremock
from localenv.engines.native.kinds import mariadb, mysql, nats, postgres, rabbitmq, redis
from localenv.engines.native.program import NativeKind, NativeNeed

STUBS = "wiremock"  # the stub server, which is no need

NEEDS: Mapping[str, NativeNeed] = {
    "postgres": postgres,
    "mariadb": mariadb,
    "mysql": mysql,
    "redis": redis,
    "rabbitmq": rabbitmq,
    "nats": nats,
}

KINDS: Mapping[str, NativeKind] = {**NEEDS, STUBS: wiremock}
