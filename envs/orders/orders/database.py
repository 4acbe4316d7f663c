"""Orders in PostgreSQL."""

from typing import Self
from uuid import UUID

from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from orders.model import Order


class Database:
    """The tables of this service, behind a pool that connects when it is first asked.

    Every method raises `psycopg.OperationalError` after two seconds at most where the server does not answer.
    """

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool(
            url,
            open=False,
            min_size=0,
            max_size=10,
            timeout=2,
            reconnect_timeout=0,
            check=ConnectionPool.check_connection,
            kwargs={"connect_timeout": 2, "application_name": "orders"},
        )

    def __enter__(self) -> Self:
        self._pool.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close(timeout=1)

    def ping(self) -> None:
        """Returns when the server has answered a query."""
        with self._pool.connection() as connection:
            connection.execute("select 1")

    def add(self, order: Order) -> Order:
        """The order as it was written."""
        columns = vars(order)
        names, values = ", ".join(columns), ", ".join(f"%({name})s" for name in columns)
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Order)) as cursor:
            cursor.execute(f"insert into orders ({names}) values ({values}) returning *".encode(), columns)
            row = cursor.fetchone()
        assert row is not None
        return row

    def get(self, order_id: UUID) -> Order | None:
        """The order of that id, if there is one."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Order)) as cursor:
            return cursor.execute("select * from orders where id = %s", [order_id]).fetchone()

    def latest(self, limit: int) -> list[Order]:
        """The newest orders, the newest first."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Order)) as cursor:
            return cursor.execute("select * from orders order by placed_at desc, id limit %s", [limit]).fetchall()

    def unpacked(self) -> list[UUID]:
        """Paid orders that nobody has packed, the oldest first."""
        with self._pool.connection() as connection:
            rows = connection.execute("select id from orders where status = 'paid' order by placed_at").fetchall()
        return [row[0] for row in rows]

    def pack(self, order_id: UUID) -> Order | None:
        """The order, now packed; None where it was packed before or never was."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Order)) as cursor:
            return cursor.execute(
                "update orders set status = 'packed', packed_at = now() where id = %s and status = 'paid' returning *",
                [order_id],
            ).fetchone()

    def discount(self, sku: str, quantity: int) -> int:
        """The percentage taken off that many of a SKU."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "select coalesce(max(percent), 0) from discounts where sku = %s and from_quantity <= %s",
                [sku, quantity],
            ).fetchone()
        assert row is not None
        return int(row[0])

    def has_customer(self, customer: str) -> bool:
        """Whether there is a customer of that id."""
        with self._pool.connection() as connection:
            return connection.execute("select from customers where id = %s", [customer]).fetchone() is not None
