"""What images are: those of needs, with their variants, and the ports of others."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from localenv.needs.kinds import KINDS
from localenv.stack.plain_ports import PLAIN_PORTS

_REFERENCE = re.compile(r"(?P<repository>[^@\s]+?)(?::(?P<tag>[\w][\w.-]*))?(?:@(?P<digest>\S+))?")
_HUB = re.compile(r"(docker\.io|index\.docker\.io|registry\.hub\.docker\.com|mirror\.gcr\.io)/")
_OFFICIAL = re.compile(r"(public\.ecr\.aws/docker/)?library/")


@dataclass(frozen=True, kw_only=True)
class Known:
    """The kind of need that an image is; `is_official`: localenv's own image of that kind does instead."""

    kind: str
    is_official: bool = True
    extensions: tuple[str, ...] = ()
    version: str = ""  # where its tags say nothing of the server's version


@dataclass(frozen=True, kw_only=True)
class KnownServer:
    """A server that is no kind of need: its port, and whether that speaks HTTP."""

    port: int
    is_http: bool = True
    ports: Mapping[str, int] = field(default_factory=dict)  # further ports


_NEEDS: Mapping[str, Known] = {
    "postgres": Known(kind="postgres"),
    "bitnami/postgresql": Known(kind="postgres"),
    "bitnamilegacy/postgresql": Known(kind="postgres"),
    "circleci/postgres": Known(kind="postgres"),
    "cimg/postgres": Known(kind="postgres"),
    "postgis/postgis": Known(kind="postgres", is_official=False, extensions=("postgis",)),
    "imresamu/postgis": Known(kind="postgres", is_official=False, extensions=("postgis",)),
    "mdillon/postgis": Known(kind="postgres", is_official=False, extensions=("postgis",)),
    "kartoza/postgis": Known(kind="postgres", is_official=False, extensions=("postgis",)),
    "pgvector/pgvector": Known(kind="postgres", is_official=False, extensions=("vector",)),
    "ankane/pgvector": Known(kind="postgres", is_official=False, extensions=("vector",)),
    "timescale/timescaledb": Known(kind="postgres", is_official=False, extensions=("timescaledb",)),
    "timescale/timescaledb-ha": Known(kind="postgres", is_official=False, extensions=("timescaledb",)),
    "mysql": Known(kind="mysql"),
    "mysql/mysql-server": Known(kind="mysql"),
    "bitnami/mysql": Known(kind="mysql"),
    "bitnamilegacy/mysql": Known(kind="mysql"),
    "percona": Known(kind="mysql", is_official=False),
    "percona/percona-server": Known(kind="mysql", is_official=False),
    "mariadb": Known(kind="mariadb"),
    "bitnami/mariadb": Known(kind="mariadb"),
    "bitnamilegacy/mariadb": Known(kind="mariadb"),
    "linuxserver/mariadb": Known(kind="mariadb"),
    "redis": Known(kind="redis"),
    "bitnami/redis": Known(kind="redis"),
    "bitnamilegacy/redis": Known(kind="redis"),
    "redis/redis-stack": Known(kind="redis", version="8"),
    "redis/redis-stack-server": Known(kind="redis", version="8"),
    "redislabs/redismod": Known(kind="redis", version="8"),
    "redislabs/rejson": Known(kind="redis", version="8"),
    "valkey/valkey": Known(kind="redis", is_official=False),
    "bitnami/valkey": Known(kind="redis", version="8"),
    "eqalpha/keydb": Known(kind="redis", is_official=False),
    "rabbitmq": Known(kind="rabbitmq"),
    "bitnami/rabbitmq": Known(kind="rabbitmq"),
    "bitnamilegacy/rabbitmq": Known(kind="rabbitmq"),
    "masstransit/rabbitmq": Known(kind="rabbitmq", version="4"),
    "nats": Known(kind="nats"),
}

_MIRRORED = {name.rpartition("/")[2]: known for name, known in reversed(tuple(_NEEDS.items()))}  # in another registry


def _tcp(port: int) -> KnownServer:
    return KnownServer(port=port, is_http=False)


_SERVERS: Mapping[str, KnownServer] = {
    "mongo": _tcp(27017),
    "bitnami/mongodb": _tcp(27017),
    "mongodb/mongodb-community-server": _tcp(27017),
    "memcached": _tcp(11211),
    "bitnami/memcached": _tcp(11211),
    "confluentinc/cp-kafka": _tcp(9092),
    "confluentinc/cp-server": _tcp(9092),
    "bitnami/kafka": _tcp(9092),
    "apache/kafka": _tcp(9092),
    "wurstmeister/kafka": _tcp(9092),
    "redpandadata/redpanda": _tcp(9092),
    "confluentinc/cp-zookeeper": _tcp(2181),
    "bitnami/zookeeper": _tcp(2181),
    "wurstmeister/zookeeper": _tcp(2181),
    "zookeeper": _tcp(2181),
    "cassandra": _tcp(9042),
    "scylladb/scylla": _tcp(9042),
    "neo4j": KnownServer(port=7474, ports={"bolt": 7687}),
    "elasticsearch": KnownServer(port=9200),
    "opensearchproject/opensearch": KnownServer(port=9200),
    "kibana": KnownServer(port=5601),
    "clickhouse/clickhouse-server": KnownServer(port=8123),
    "influxdb": KnownServer(port=8086),
    "couchdb": KnownServer(port=5984),
    "minio/minio": KnownServer(port=9000),
    "localstack/localstack": KnownServer(port=4566),
    "amazon/dynamodb-local": KnownServer(port=8000),
    "mcr.microsoft.com/mssql/server": _tcp(1433),
    "mcr.microsoft.com/azure-sql-edge": _tcp(1433),
    "gvenzl/oracle-xe": _tcp(1521),
    "gvenzl/oracle-free": _tcp(1521),
    "eclipse-mosquitto": _tcp(1883),
    "mailhog/mailhog": KnownServer(port=8025, ports={"smtp": 1025}),
    "axllent/mailpit": KnownServer(port=8025, ports={"smtp": 1025}),
    "maildev/maildev": KnownServer(port=1080, ports={"smtp": 1025}),
    "osixia/openldap": _tcp(389),
    "docker.dragonflydb.io/dragonflydb/dragonfly": _tcp(6379),
    "qdrant/qdrant": KnownServer(port=6333),
    "getmeili/meilisearch": KnownServer(port=7700),
    "typesense/typesense": KnownServer(port=8108),
    "grafana/grafana": KnownServer(port=3000),
    "prom/prometheus": KnownServer(port=9090),
    "jaegertracing/all-in-one": KnownServer(port=16686),
    "adminer": KnownServer(port=8080),
    "dpage/pgadmin4": KnownServer(port=80),
    "phpmyadmin": KnownServer(port=80),
    "nginx": KnownServer(port=80),
    "httpd": KnownServer(port=80),
    "caddy": KnownServer(port=80),
    "traefik": KnownServer(port=80),
    "quay.io/keycloak/keycloak": KnownServer(port=8080),
    "hashicorp/vault": KnownServer(port=8200),
    "consul": KnownServer(port=8500),
    "hashicorp/consul": KnownServer(port=8500),
    "temporalio/auto-setup": _tcp(7233),
    "atmoz/sftp": _tcp(22),
}
_WEB, _HIGH = (80, 81), 20_000  # below 1024 and from there up few programs speak HTTP
_TOOLS = re.compile(
    r"mongo-express|redis-?insight|cloudbeaver|smtp4dev|pgweb|mailcatcher|dbgate|kafdrop|akhq|flower"
    r"|[\w-]+-(ui|gui|admin|commander|exporter|console|browser)"
)
WIREMOCK = frozenset({"wiremock/wiremock", "rodolpheche/wiremock", "holomekc/wiremock-gui"})


@dataclass(frozen=True, kw_only=True)
class Image:
    """The name of an image in its parts; `repository` without the host of Docker Hub."""

    repository: str
    tag: str
    digest: str

    @property
    def need(self) -> Known | None:
        """The kind of need that it is; None for others."""
        if found := _NEEDS.get(self.repository):
            return found
        last = self.repository.rpartition("/")[2]
        is_mirror = "/" in self.repository and "." in self.repository.partition("/")[0]
        return replace(_MIRRORED[last], is_official=False) if is_mirror and last in _MIRRORED else None

    @property
    def server(self) -> KnownServer | None:
        """What is known of another server."""
        if self.need:  # one that has to stay a service
            return KnownServer(port=KINDS[self.need.kind].port, is_http=False)
        last = self.repository.rpartition("/")[2]
        return _SERVERS.get(self.repository) or (_SERVERS.get(last) if "." in self.repository else None)

    @property
    def version(self) -> str:
        """The tag as a version; empty for `latest` and the like."""
        return self.tag if re.match(r"\d", self.tag) else ""


def parsed(name: str) -> Image:
    """The parts of an image's name."""
    found = _REFERENCE.fullmatch(name.strip())
    if not found:
        return Image(repository=name, tag="", digest="")
    repository = _OFFICIAL.sub("", _HUB.sub("", found["repository"]))
    return Image(repository=repository, tag=found["tag"] or "", digest=found["digest"] or "")


def is_for_programs(name: str) -> bool:
    """Whether an image is a server that programs use, or a tool that shows what is in one."""
    image = parsed(name)
    return image.server is not None or _TOOLS.fullmatch(image.repository.rpartition("/")[2]) is not None


def speaks_http(port: int) -> bool:
    """Whether a program on this port is likely to answer in HTTP."""
    return port not in PLAIN_PORTS and (port in _WEB or 1024 <= port < _HIGH)
