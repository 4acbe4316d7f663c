"""Requirements of every kind of need, on a real engine: it starts, its probe is right, clients connect, data stays."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import docker
import nats
import pika
import psycopg
import pymysql
import pytest
import redis

from localenv.needs import NotYet
from localenv.needs.kinds import KINDS
from localenv.stack import Connection, Need, Port
from localenv.stack.references import literal

PASSWORD = literal("p@ss/w:rd% 1")
SIMPLE = literal("letters4and1digits")  # the Python client of NATS does not decode URLs
NEEDS = (
    Need(name="pg", kind="postgres", version="17", user="orders", password=PASSWORD, databases=("orders-x", "more")),
    Need(name="maria", kind="mariadb", version="11", user="orders", password=PASSWORD, databases=("orders-x", "more")),
    Need(name="rabbit", kind="rabbitmq", version="4", user="orders", password=literal("p@ss/word")),
    Need(name="redis", kind="redis", version="8", user="orders", password=PASSWORD),
    Need(name="open-redis", kind="redis", version="8", user="orders", password=literal("")),
    Need(name="nats", kind="nats", version="2", user="orders", password=SIMPLE),
    Need(name="open-nats", kind="nats", version="2", user="orders", password=literal("")),
)
every_need = pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name)
every_kind = pytest.mark.parametrize("kind", sorted(set(KINDS)))


@pytest.mark.docker
@every_need
def test_a_client_gets_in_at_the_url_the_moment_the_probe_says_ready(need: Need, place: Callable[[Need], Any]) -> None:
    url = place(need).wait().url
    client = CLIENTS[need.kind]
    client.put(url, "hello")
    assert client.get(url) == "hello"


@pytest.mark.docker
@pytest.mark.parametrize(
    "need",
    [pytest.param(one, marks=pytest.mark.full if one.kind == "rabbitmq" else ()) for one in NEEDS],
    ids=lambda need: need.name,
)
def test_data_survives_stop_and_start(need: Need, place: Callable[[Need], Any]) -> None:
    running = place(need)
    client = CLIENTS[need.kind]
    client.put(running.wait().url, "kept")
    running.container.stop(timeout=3)
    with pytest.raises(NotYet):
        running.kind.ready(Connection(scheme="", host="127.0.0.1", port="1"))
    running.container.start()
    url = running.wait().url  # again: the client connects at once
    assert client.get(url) == "kept"


@pytest.mark.docker
@pytest.mark.parametrize(
    "need", [need for need in NEEDS if need.password and not need.is_open], ids=lambda need: need.name
)
def test_a_wrong_password_is_refused(need: Need, place: Callable[[Need], Any]) -> None:
    running = place(need)
    with pytest.raises(NotYet) as refused:
        running.kind.ready(replace(running.wait(), password="wrong"))
    assert any(word in str(refused.value).lower() for word in ("password", "denied", "refused", "authorization"))


@pytest.mark.docker
@pytest.mark.parametrize("locale", ["C", pytest.param("C.UTF-8", marks=pytest.mark.full)])
def test_rabbitmq_takes_a_user_and_a_password_of_any_characters(locale: str, place: Callable[..., Any]) -> None:
    odd = '# a #b "double" sin\'gle back\\slash\\ $HOME ${x} %d {,}[.]:= ü漢🦊\t'
    need = Need(
        name=f"odd-rabbit-{locale.lower()}", kind="rabbitmq", version="4", user=odd, password=literal(odd + "!")
    )
    # like the public image, in which RabbitMQ itself reads the variables
    running = place(need, entrypoint=["rabbitmq-server"], environment={"LC_ALL": locale})
    connection = running.wait()
    RabbitMQ.put(connection.url, "hello")
    assert RabbitMQ.get(connection.url) == "hello"
    health = running.run(*running.kind.service(need, Port(name=need.name, target=running.kind.port)).own_healthcheck)
    assert health.code == 0, health.output
    with pytest.raises(NotYet, match="refused"):
        running.kind.ready(replace(connection, password=odd))


@pytest.mark.docker
@pytest.mark.parametrize("method", ["trust", "password", "md5", "scram-sha-256"])
def test_postgres_lets_in_by_every_way_its_images_offer(method: str, place: Callable[[Need], Any]) -> None:
    running = place(NEEDS[0])
    connection = replace(running.wait(), user=f"by-{method}", password="s3cret")
    kind = "md5" if method == "md5" else "scram-sha-256"
    made = f"SET password_encryption = '{kind}'; CREATE ROLE \"by-{method}\" LOGIN PASSWORD 's3cret'; "
    rule = f"sed -i '1i host all by-{method} all {method}' $PGDATA/pg_hba.conf"
    assert running.run("sh", "-c", rule).code == 0
    assert running.run("psql", "-qc", made, "-c", "SELECT pg_reload_conf()").code == 0
    time.sleep(0.2)  # the server applies the new rules with a delay
    running.kind.ready(connection)
    if method != "trust":
        with pytest.raises(NotYet, match="password authentication failed"):
            running.kind.ready(replace(connection, password="wrong"))


@pytest.mark.docker
def test_mongo_takes_its_own_login_and_no_other(place: Callable[[Need], Any]) -> None:
    need = Need(name="mongo", kind="mongo", version="8", user="orders", password=PASSWORD)
    with closing(docker.from_env()) as client:
        try:
            client.images.get("mongo:8")
        except docker.errors.ImageNotFound:
            pytest.skip("the image mongo:8 is not on this machine")
    running = place(need)
    connection = running.wait()
    with pytest.raises(NotYet, match="authentication failed"):
        running.kind.ready(replace(connection, password="wrong"))


@pytest.mark.docker
@every_need
def test_it_says_its_health_inside_its_image_too(need: Need, place: Callable[[Need], Any]) -> None:
    running = place(need)
    kind = running.kind
    command = kind.service(need, Port(name=need.name, target=kind.port)).own_healthcheck
    if command:
        completed = running.run(*command)
        assert completed.code == 0, completed.output
    else:
        assert need.kind == "nats"  # an image that contains only the server


@every_kind
@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 64, b"\0" * 64])
def test_something_else_that_listens_is_not_ready(kind: str, greeting: bytes) -> None:
    with _listener(greeting, hang_up=bool(greeting)) as port:
        began = time.monotonic()
        with pytest.raises(NotYet):
            KINDS[kind].ready(_to(port))
    assert time.monotonic() - began < 30


@every_kind
def test_nobody_who_listens_is_not_ready(kind: str) -> None:
    with pytest.raises(NotYet, match="refused"):
        KINDS[kind].ready(_to(1))


@every_kind
def test_a_custom_image_is_honoured(kind: str) -> None:
    module = KINDS[kind]
    port = Port(name="db", target=module.port)
    plain = Need(name="db", kind=kind, version="1.2", user="u", databases=("d",))
    others = {
        "kafka": "apache/kafka",
        "smtp": "axllent/mailpit",
        "s3": "motoserver/moto",
        "oidc": "ghcr.io/geigerzaehler/oidc-provider-mock",
    }
    assert str(module.service(plain, port).image) == f"{others.get(kind, kind)}:1.2"
    assert str(module.service(replace(plain, image=literal("ours/db:3")), port).image) == "ours/db:3"


@every_kind
def test_data_that_is_kept_lies_on_a_volume_of_the_need(kind: str) -> None:
    module = KINDS[kind]
    need = Need(name="db", kind=kind, version="1", user="u", databases=("d",))
    port = Port(name="db", target=module.port)
    assert module.service(need, port).volumes == ()
    volumes = [volume.name for volume in module.service(replace(need, keep=True), port).volumes]
    assert volumes == (["db"] if module.keeps_data else [])


@every_kind
def test_no_password_stands_in_what_is_run(kind: str) -> None:
    module = KINDS[kind]
    need = Need(name="db", kind=kind, version="1", user="u", password=literal("geheim"), databases=("d",))
    assert "geheim" not in repr(module.service(need, Port(name="db", target=1)))
    assert "geheim" not in repr(module.variables(need))
    if module.client is not None:
        assert "geheim" not in repr(module.client.command(need))
    if module.sql is not None:
        assert "geheim" not in repr((module.sql.initial(need), module.sql.client(need)))


def _to(port: int) -> Connection:
    return Connection(scheme="", host="127.0.0.1", port=str(port), user="u", password="p", database="d")


@contextmanager
def _listener(greeting: bytes, *, hang_up: bool) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        callers: list[socket.socket] = []

        def answer() -> None:
            caller, _ = server.accept()
            caller.sendall(greeting)
            caller.recv(1024)
            callers.append(caller)
            if hang_up:
                caller.close()

        thread = Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)
        for caller in callers:
            caller.close()


class Postgres:
    @staticmethod
    def put(url: str, text: str) -> None:
        with psycopg.connect(url, connect_timeout=60) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (text text)")
            connection.execute("DELETE FROM kept")
            connection.execute("INSERT INTO kept VALUES (%s)", [text])

    @staticmethod
    def get(url: str) -> str:
        with psycopg.connect(url, connect_timeout=60) as connection:
            (text,) = connection.execute("SELECT text FROM kept").fetchone() or ("",)
            return str(text)


class MariaDB:
    @staticmethod
    def put(url: str, text: str) -> None:
        with _pymysql(url) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS kept (text text)")
            cursor.execute("DELETE FROM kept")
            cursor.execute("INSERT INTO kept VALUES (%s)", [text])
            connection.commit()

    @staticmethod
    def get(url: str) -> str:
        with _pymysql(url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT text FROM kept")
            return str((cursor.fetchone() or ("",))[0])


class Redis:
    @staticmethod
    def put(url: str, text: str) -> None:
        with redis.Redis.from_url(url, socket_timeout=60) as client:
            client.set("kept", text)

    @staticmethod
    def get(url: str) -> str:
        with redis.Redis.from_url(url, socket_timeout=5, decode_responses=True) as client:
            return str(client.get("kept"))


class RabbitMQ:
    @staticmethod
    def put(url: str, text: str) -> None:
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            channel = connection.channel()
            channel.queue_declare("kept", durable=True)
            channel.queue_purge("kept")
            channel.confirm_delivery()
            channel.basic_publish("", "kept", text.encode(), pika.BasicProperties(delivery_mode=2))

    @staticmethod
    def get(url: str) -> str:
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            _, _, body = connection.channel().basic_get("kept", auto_ack=True)
            return (body or b"").decode()


class Nats:
    @staticmethod
    def put(url: str, text: str) -> None:
        async def publish() -> None:
            client = await nats.connect(url, connect_timeout=5, allow_reconnect=False)
            stream = client.jetstream()
            await stream.add_stream(name="kept", subjects=["kept"])
            await stream.publish("kept", text.encode())
            await client.close()

        asyncio.run(publish())

    @staticmethod
    def get(url: str) -> str:
        async def last() -> str:
            client = await nats.connect(url, connect_timeout=5, allow_reconnect=False)
            message = await client.jetstream().get_last_msg("kept", "kept")
            await client.close()
            return (message.data or b"").decode()

        return asyncio.run(last())


CLIENTS: dict[str, Any] = {
    "postgres": Postgres,
    "mariadb": MariaDB,
    "redis": Redis,
    "rabbitmq": RabbitMQ,
    "nats": Nats,
}


@contextmanager
def _pymysql(url: str) -> Iterator[Any]:
    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname or "",
        port=parts.port or 0,
        user=parts.username or "",
        password=unquote(parts.password or ""),
        database=unquote(parts.path[1:]),
        connect_timeout=5,
    )
    try:
        yield connection
    finally:
        connection.close()
