"""Redis: orders that were seen lately, and the queue of those to pack."""

import json
from typing import Any, Self
from uuid import UUID

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from orders.model import Order

SECONDS = 60  # how long an order is remembered
QUEUE = "orders:paid"


class Cache:
    """Every method raises `redis.RedisError` within two seconds where the server does not answer."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_connect_timeout=1,
            socket_timeout=2,
            retry=Retry(NoBackoff(), 1),  # a connection that the server has dropped meanwhile
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._redis.close()

    def ping(self) -> None:
        """Returns when the server has answered."""
        self._redis.ping()

    def get(self, order_id: UUID) -> dict[str, Any] | None:
        """The order as the API shows it, if it was seen lately."""
        text = self._redis.get(_key(order_id))
        return json.loads(text) if text else None

    def put(self, order: Order) -> None:
        """Remembers the order as it is now."""
        self._redis.set(_key(order.id), json.dumps(order.as_json()), ex=SECONDS)

    def fill(self, order: Order) -> None:
        """Remembers an order that was read, unless somebody has put a newer one meanwhile."""
        self._redis.set(_key(order.id), json.dumps(order.as_json()), ex=SECONDS, nx=True)

    def publish(self, order_id: UUID) -> None:
        """Tells the worker of an order to pack."""
        self._redis.rpush(QUEUE, str(order_id))

    def next_published(self) -> UUID | None:
        """The order published first, waiting for one second at most."""
        message = self._redis.blpop([QUEUE], timeout=1)
        return UUID(str(message[1])) if message else None


def _key(order_id: UUID) -> str:
    return f"order:{order_id}"
