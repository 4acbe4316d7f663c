"""The HTTP API: `python -m orders.api --host 127.0.0.1`, on the port that PORT names."""

import argparse
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from json import JSONDecodeError

import httpx
import psycopg
import redis
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from orders.cache import Cache
from orders.database import Database
from orders.features import Features
from orders.model import OrderRequest
from orders.problems import InvalidRequest, NotFound, Problem
from orders.settings import Settings, configure_logging, from_environment
from orders.shop import Shop
from orders.upstreams import Inventory, Payments

log = logging.getLogger("orders.api")


def create_app(settings: Settings) -> Starlette:
    """The application; connections are opened when they are first needed and closed when it ends."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with Database(settings.database_url) as database, Cache(settings.redis_url) as cache, httpx.Client() as client:
            app.state.public_url = settings.public_url
            app.state.features = Features(settings.flags_url)
            app.state.shop = Shop(
                database=database,
                cache=cache,
                inventory=Inventory(client, settings.inventory_url),
                payments=Payments(client, settings.payments_url, settings.currency),
                currency=settings.currency,
            )
            yield

    routes = [
        Route("/", index),
        Route("/health", health),
        Route("/orders", list_orders),
        Route("/orders", place_order, methods=["POST"]),
        Route("/orders/{order_id:uuid}", show_order, name="order"),
        Route("/orders/{order_id:uuid}/receipt", show_receipt),
    ]
    failures = {Problem: _problem, psycopg.OperationalError: _unavailable, redis.RedisError: _unavailable}
    return Starlette(routes=routes, exception_handlers=failures, lifespan=lifespan)


def index(request: Request) -> JSONResponse:
    """What there is."""
    base = request.app.state.public_url
    return JSONResponse({"service": "orders", "orders": f"{base}/orders", "health": f"{base}/health"})


def health(request: Request) -> JSONResponse:
    """200 where database and cache both answer, else 503 with the reason."""
    shop: Shop = request.app.state.shop
    parts = {"database": _check(shop.database.ping), "cache": _check(shop.cache.ping)}
    healthy = all(state == "ok" for state in parts.values())
    return JSONResponse({"status": "ok" if healthy else "unavailable"} | parts, 200 if healthy else 503)


async def place_order(request: Request) -> JSONResponse:
    """201 with the order and its address."""
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        raise InvalidRequest("the body is not JSON") from None
    shop: Shop = request.app.state.shop
    order = await run_in_threadpool(shop.place, OrderRequest.parse(body))
    log.info("order %s: %d x %s, %d %s", order.id, order.quantity, order.sku, order.total, order.currency)
    location = f"{request.app.state.public_url}/orders/{order.id}"
    return JSONResponse(order.as_json(), 201, {"Location": location})


def show_order(request: Request) -> JSONResponse:
    """The order; the header X-Cache says whether the cache knew it (hit) or the database (miss)."""
    shop: Shop = request.app.state.shop
    order_id = request.path_params["order_id"]
    if cached := shop.cache.get(order_id):
        return JSONResponse(cached, headers={"X-Cache": "hit"})
    order = shop.database.get(order_id)
    if order is None:
        raise NotFound(f"there is no order {order_id}")
    shop.cache.fill(order)
    return JSONResponse(order.as_json(), headers={"X-Cache": "miss"})


def show_receipt(request: Request) -> PlainTextResponse:
    """The receipt of an order, where the flag `receipts` is on for its customer."""
    order = request.app.state.shop.database.get(request.path_params["order_id"])
    if order is None or not request.app.state.features.receipts(order.customer):
        raise NotFound("there is no such page")
    amount = f"{order.total / 100:.2f} {order.currency}"
    return PlainTextResponse(f"{order.quantity} x {order.sku}\n{amount}, paid by charge {order.charge}\n")


def list_orders(request: Request) -> JSONResponse:
    """The newest orders; `limit` is 20 unless told, 100 at most."""
    shop: Shop = request.app.state.shop
    limit = request.query_params.get("limit", "20")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 100):
        raise InvalidRequest("'limit' must be a whole number from 1 to 100")
    return JSONResponse({"orders": [order.as_json() for order in shop.database.latest(int(limit))]})


def _check(ping: Callable[[], None]) -> str:
    try:
        ping()
    except (psycopg.OperationalError, redis.RedisError) as error:
        return str(error)
    return "ok"


def _problem(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    if problem.status >= 500:
        log.warning("%s %s: %s", request.method, request.url.path, problem)
    return JSONResponse({"error": problem.error, "reason": str(problem)}, problem.status)


def _unavailable(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s: %s", request.method, request.url.path, error)
    return JSONResponse({"error": "unavailable", "reason": "database or cache do not answer"}, 503)


def main() -> None:
    """Serves until SIGTERM; requests under way then have three seconds to end."""
    parser = argparse.ArgumentParser(prog="orders.api", description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to bind to")
    host = parser.parse_args().host
    configure_logging()
    port = int(os.environ.get("PORT", "8000"))
    app = create_app(from_environment())
    uvicorn.run(app, host=host, port=port, log_config=None, ws="none", timeout_graceful_shutdown=3)


if __name__ == "__main__":
    main()
