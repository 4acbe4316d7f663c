"""The services of others: what is in stock, and who pays for it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from orders.problems import BadUpstream, InvalidRequest, PaymentDeclined, SlowUpstream

TIMEOUT = 2.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Item:
    """What the inventory knows of a SKU; `price` in cents."""

    sku: str
    stock: int
    price: int


class Inventory:
    """The upstream `inventory`."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url

    def item(self, sku: str) -> Item:
        """The item of that SKU; raises InvalidRequest where there is none, BadUpstream, SlowUpstream."""
        answer = _ask(self._client, "inventory", "GET", f"{self._url}/items/{quote(sku, safe='')}")
        if answer.status_code == 404:
            raise InvalidRequest(f"there is no item '{sku}'")
        body = _body(answer, "inventory", 200)
        return Item(sku=sku, stock=_number(body, "stock", "inventory"), price=_number(body, "price", "inventory"))


class Payments:
    """The upstream `payments`."""

    def __init__(self, client: httpx.Client, url: str, currency: str) -> None:
        self._client = client
        self._url = url
        self._currency = currency

    def charge(self, *, amount: int, card: str, reference: UUID) -> str:
        """Takes the amount in cents once per reference and returns the charge's id; raises PaymentDeclined too."""
        answer = _ask(
            self._client,
            "payments",
            "POST",
            f"{self._url}/charges",
            headers={"Idempotency-Key": str(reference)},
            json={"amount": amount, "currency": self._currency, "card": card, "reference": str(reference)},
        )
        if answer.status_code == 402:
            raise PaymentDeclined("the card was declined")
        body = _body(answer, "payments", 201)
        if body.get("status") != "succeeded" or not isinstance(body.get("id"), str):
            raise BadUpstream("payments answered 201 without a charge that succeeded")
        return str(body["id"])


def _ask(client: httpx.Client, name: str, method: str, url: str, **content: Any) -> httpx.Response:
    try:
        return client.request(method, url, timeout=TIMEOUT, **content)
    except httpx.TimeoutException:
        raise SlowUpstream(f"{name} did not answer within {TIMEOUT:g} s") from None
    except httpx.HTTPError as error:
        raise BadUpstream(f"{name} cannot be reached: {error}") from None


def _body(answer: httpx.Response, name: str, expected: int) -> dict[str, Any]:
    if answer.status_code != expected:
        raise BadUpstream(f"{name} answered {answer.status_code}")
    try:
        body = answer.json()
    except ValueError:
        raise BadUpstream(f"{name} answered something that is not JSON") from None
    if not isinstance(body, dict):
        raise BadUpstream(f"{name} answered JSON that is not an object")
    return body


def _number(body: dict[str, Any], key: str, name: str) -> int:
    value = body.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadUpstream(f"{name} answered without a number '{key}'")
    return value
