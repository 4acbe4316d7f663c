"""Backing services that are not a kind of need but that a user may expect: they run as services."""

from collections.abc import Mapping

_RUN: Mapping[str, tuple[str, int]] = {  # image and port
    "memcached": ("memcached:1", 11211), "redpanda": ("redpandadata/redpanda", 9092),
    "elasticsearch": ("elasticsearch:9.0.0", 9200), "opensearch": ("opensearchproject/opensearch:3", 9200),
    "minio": ("minio/minio", 9000), "localstack": ("localstack/localstack", 4566),
    "cassandra": ("cassandra:5", 9042), "scylla": ("scylladb/scylla", 9042),
    "clickhouse": ("clickhouse/clickhouse-server", 8123), "cockroachdb": ("cockroachdb/cockroach", 26257),
    "neo4j": ("neo4j:5", 7687), "influxdb": ("influxdb:2", 8086), "couchdb": ("couchdb:3", 5984),
    "mssql": ("mcr.microsoft.com/mssql/server:2022-latest", 1433),
    "sqlserver": ("mcr.microsoft.com/mssql/server:2022-latest", 1433), "oracle": ("gvenzl/oracle-free", 1521),
    "dynamodb": ("amazon/dynamodb-local", 8000), "meilisearch": ("getmeili/meilisearch:v1", 7700),
    "activemq": ("apache/activemq-artemis", 61616), "pulsar": ("apachepulsar/pulsar", 6650),
    "zookeeper": ("zookeeper:3.9", 2181), "etcd": ("quay.io/coreos/etcd:v3.5.21", 2379),
    "consul": ("hashicorp/consul", 8500), "vault": ("hashicorp/vault", 8200),
    "keycloak": ("quay.io/keycloak/keycloak", 8080),
    "mailhog": ("mailhog/mailhog", 1025),
    "sftp": ("atmoz/sftp", 22), "qdrant": ("qdrant/qdrant", 6333),
}  # fmt: skip
_SPOKEN: Mapping[str, str] = {  # synonyms, and kinds that are compatible
    "mongodb": "mongo", "mailpit": "smtp", "mail": "smtp", "openid": "oidc", "moto": "s3",
    "postgresql": "postgres", "pg": "postgres", "maria": "mariadb", "amqp": "rabbitmq",
    "valkey": "redis: 8, with image: valkey/valkey:8", "keydb": "redis: 6, with image: eqalpha/keydb",
    "timescaledb": "postgres: 17, with image: timescale/timescaledb:latest-pg17",
    "postgis": "postgres: 17, with image: postgis/postgis:17-3.5",
    "pgvector": "postgres: 17, with image: pgvector/pgvector:pg17",
}  # fmt: skip
ELSE = "run it as a service: {}: {{image: IMAGE, port: PORT, healthcheck: {{tcp: true}}}} under services:"
NAMES = frozenset({*_RUN, *_SPOKEN})


def hint(kind: str) -> str:
    """How to run a service that is not a kind of need; empty for an unknown name."""
    if kind in _SPOKEN:
        return f"use {_SPOKEN[kind]}"
    if kind not in _RUN:
        return ""
    image, port = _RUN[kind]
    return (
        f"run it as a service: {kind}: {{image: '{image}', port: {port}, healthcheck: {{tcp: true}}}} under services:"
    )
