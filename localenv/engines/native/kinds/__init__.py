"""The kinds that the native engine can run, and the stub server; other needs run only in Docker."""

from collections.abc import Mapping

from localenv.engines.native import wiremock
from localenv.engines.native.kinds import kafka, mariadb, mongo, mysql, nats, oidc, postgres, rabbitmq, redis, s3, smtp
from localenv.engines.native.program import NativeKind, NativeNeed

STUBS = "wiremock"  # the stub server, which is not a need

NEEDS: Mapping[str, NativeNeed] = {
    "postgres": postgres,
    "mariadb": mariadb,
    "mysql": mysql,
    "redis": redis,
    "rabbitmq": rabbitmq,
    "nats": nats,
    "mongo": mongo,
    "kafka": kafka,
    "smtp": smtp,
    "s3": s3,
    "oidc": oidc,
}

KINDS: Mapping[str, NativeKind] = {**NEEDS, STUBS: wiremock}
