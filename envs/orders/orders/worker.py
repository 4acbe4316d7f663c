"""The worker: packs what is paid, one line each, until SIGTERM."""

import logging
import signal
import sys
import time
from uuid import UUID

import psycopg
import redis

from orders.cache import Cache
from orders.database import Database
from orders.settings import configure_logging, required

log = logging.getLogger("orders.worker")


def main() -> None:
    """Packs for ever; a database or cache that is gone is asked again every second."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    configure_logging()
    with Database(required("DATABASE_URL")) as database, Cache(required("REDIS_URL")) as cache:
        while True:
            try:
                work(database, cache)
            except (psycopg.OperationalError, redis.RedisError) as error:
                log.warning("trying again in a second: %s", error)
                time.sleep(1)


def work(database: Database, cache: Cache) -> None:
    """Packs what the database holds, then what is published; returns only by an error of either."""
    for order_id in database.unpacked():
        pack(order_id, database, cache)
    log.info("ready, waiting for orders")
    while True:
        published = cache.next_published()
        if published:
            pack(published, database, cache)


def pack(order_id: UUID, database: Database, cache: Cache) -> None:
    """Packs an order once, however often it is asked to."""
    order = database.pack(order_id)
    if order:
        cache.put(order)
        log.info("order %s: packed %d x %s", order.id, order.quantity, order.sku)


if __name__ == "__main__":
    main()
