"""Backing services that are not a kind of need but that a user may expect: they run as services."""

from collections.abc import Mapping

_RUN: Mapping[str, str] = {  # image, port, and what it does not start without
    "activemq": "image: 'apache/activemq-artemis', port: 61616",
    "cassandra": "image: 'cassandra:5', port: 9042",
    "clickhouse": "image: 'clickhouse/clickhouse-server', port: 8123",
    "cockroachdb": "image: 'cockroachdb/cockroach', port: 26257, command: start-single-node --insecure",
    "consul": "image: 'hashicorp/consul', port: 8500",
    "couchdb": "image: 'couchdb:3', port: 5984, environment: {COUCHDB_USER: admin, COUCHDB_PASSWORD: secret}",
    "dynamodb": "image: 'amazon/dynamodb-local', port: 8000",
    "elasticsearch": "image: 'elasticsearch:9.0.0', port: 9200, "
    "environment: {discovery.type: single-node, xpack.security.enabled: false}",
    "etcd": "image: 'quay.io/coreos/etcd:v3.5.21', port: 2379, "
    "command: 'etcd --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls ${self.url}'",
    "grafana": "image: 'grafana/grafana', port: 3000",
    "influxdb": "image: 'influxdb:2', port: 8086",
    "jaeger": "image: 'jaegertracing/all-in-one:1', port: 16686, ports: {otlp: 4318}",
    "keycloak": "image: 'quay.io/keycloak/keycloak', port: 8080, command: start-dev",
    "localstack": "image: 'localstack/localstack', port: 4566",
    "mailhog": "image: 'mailhog/mailhog', port: 1025",
    "meilisearch": "image: 'getmeili/meilisearch:v1', port: 7700",
    "memcached": "image: 'memcached:1', port: 11211",
    "minio": "image: 'minio/minio', port: 9000, command: server /data",
    "mosquitto": "image: 'eclipse-mosquitto:2', port: 1883, command: mosquitto -c /mosquitto-no-auth.conf",
    "mssql": "image: 'mcr.microsoft.com/mssql/server:2022-latest', port: 1433, "
    "environment: {ACCEPT_EULA: Y, MSSQL_SA_PASSWORD: Local-env-1}",
    "neo4j": "image: 'neo4j:5', port: 7687, environment: {NEO4J_AUTH: none}",
    "opensearch": "image: 'opensearchproject/opensearch:2', port: 9200, "
    "environment: {discovery.type: single-node, DISABLE_SECURITY_PLUGIN: true}",
    "oracle": "image: 'gvenzl/oracle-free', port: 1521, environment: {ORACLE_PASSWORD: secret}",
    "prometheus": "image: 'prom/prometheus', port: 9090",
    "pulsar": "image: 'apachepulsar/pulsar', port: 6650, command: bin/pulsar standalone",
    "qdrant": "image: 'qdrant/qdrant', port: 6333",
    "redpanda": "image: 'redpandadata/redpanda', port: 9092, "
    "command: 'redpanda start --mode dev-container --advertise-kafka-addr ${self.address}'",
    "scylla": "image: 'scylladb/scylla', port: 9042, command: --smp 1 --developer-mode 1",
    "sftp": "image: 'atmoz/sftp', port: 22, command: 'user:secret:::upload'",
    "typesense": "image: 'typesense/typesense:28.0', port: 8108, command: --data-dir /tmp --api-key secret",
    "vault": "image: 'hashicorp/vault', port: 8200",
    "zookeeper": "image: 'zookeeper:3.9', port: 2181",
}
_SPOKEN: Mapping[str, str] = {  # synonyms, and kinds that are compatible
    "mongodb": "mongo", "mailpit": "smtp", "mail": "smtp", "openid": "oidc", "moto": "s3",
    "postgresql": "postgres", "pg": "postgres", "maria": "mariadb", "amqp": "rabbitmq",
    "valkey": "redis: 8, with image: valkey/valkey:8", "keydb": "redis: 6, with image: eqalpha/keydb",
    "timescaledb": "postgres: 17, with image: timescale/timescaledb:latest-pg17",
    "postgis": "postgres: 17, with image: postgis/postgis:17-3.5",
    "pgvector": "postgres: 17, with image: pgvector/pgvector:pg17",
}  # fmt: skip
_ALSO: Mapping[str, str] = {
    "sqlserver": "mssql",
    "cockroach": "cockroachdb",
    "mqtt": "mosquitto",
    "elastic": "elasticsearch",
}
_INSTEAD: Mapping[str, str] = {"minio": "s3", "localstack": "s3", "mailhog": "smtp", "keycloak": "oidc"}
_EMBEDDED = ("sqlite", "sqlite3", "duckdb", "h2")  # a library of the program, with no server
ELSE = "run it as a service: {}: {{image: IMAGE, port: PORT, healthcheck: {{tcp: true}}}} under services:"


def hint(kind: str) -> str:
    """How to run a service that is not a kind of need; empty for an unknown name."""
    if kind in _SPOKEN:
        return f"use {_SPOKEN[kind]}"
    if kind in _EMBEDDED:
        return f"{kind} has no server: the service itself opens its file, so remove this need"
    known = _ALSO.get(kind, kind)
    if known not in _RUN:
        return ""
    instead = f"use {_INSTEAD[known]}, or " if known in _INSTEAD else ""
    return f"{instead}run it as a service: {known}: {{{_RUN[known]}, healthcheck: {{tcp: true}}}} under services:"
