"""An order: as it is asked for, and as it is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from orders.problems import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class OrderRequest:
    """What `POST /orders` takes."""

    sku: str
    quantity: int
    card: str
    customer: str | None

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The request in a JSON body; raises InvalidRequest."""
        if not isinstance(body, dict):
            raise InvalidRequest("the body must be a JSON object")
        quantity = body.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= 1000:
            raise InvalidRequest("'quantity' must be a whole number from 1 to 1000")
        card = _text(body, "card") or "4242424242424242"
        if not (card.isascii() and card.isdigit()):
            raise InvalidRequest("'card' must be digits alone")
        sku = _text(body, "sku")
        if not sku:
            raise InvalidRequest("'sku' is missing")
        return cls(sku=sku, quantity=quantity, card=card, customer=_text(body, "customer"))


@dataclass(frozen=True, kw_only=True)
class Order:
    """A row of the table `orders`; `total` counts cents."""

    id: UUID
    sku: str
    quantity: int
    total: int
    currency: str
    status: str
    charge: str
    customer: str | None
    placed_at: datetime
    packed_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """The order as the API shows it: identifiers as text, times in ISO 8601."""
        return vars(self) | {
            "id": str(self.id),
            "placed_at": self.placed_at.isoformat(),
            "packed_at": self.packed_at and self.packed_at.isoformat(),
        }


def _text(body: dict[str, Any], key: str) -> str | None:
    value = body.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= 64:
        raise InvalidRequest(f"'{key}' must be a text of 1 to 64 characters")
    return value
