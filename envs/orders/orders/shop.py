"""Placing an order: what is asked of whom, and in which order."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from orders.cache import Cache
from orders.database import Database
from orders.model import Order, OrderRequest
from orders.problems import InvalidRequest, OutOfStock
from orders.upstreams import Inventory, Payments


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The service, with everything it talks to."""

    database: Database
    cache: Cache
    inventory: Inventory
    payments: Payments
    currency: str

    def place(self, request: OrderRequest) -> Order:
        """The order, paid and written; raises a Problem, before any money has moved but for BadUpstream."""
        if request.customer and not self.database.has_customer(request.customer):
            raise InvalidRequest(f"there is no customer '{request.customer}'")
        total, order_id = self._total(request), uuid4()
        charge = self.payments.charge(amount=total, card=request.card, reference=order_id)
        order = self.database.add(self._paid(request, order_id, total, charge))
        self.cache.put(order)
        self.cache.publish(order.id)
        return order

    def _total(self, request: OrderRequest) -> int:
        item = self.inventory.item(request.sku)
        if item.stock < request.quantity:
            raise OutOfStock(f"{item.stock} of '{request.sku}' left, {request.quantity} asked for")
        percent = self.database.discount(request.sku, request.quantity)
        return item.price * request.quantity * (100 - percent) // 100

    def _paid(self, request: OrderRequest, order_id: UUID, total: int, charge: str) -> Order:
        return Order(
            id=order_id,
            sku=request.sku,
            quantity=request.quantity,
            total=total,
            currency=self.currency,
            status="paid",
            charge=charge,
            customer=request.customer,
            placed_at=datetime.now(UTC),
            packed_at=None,
        )
