"""Every way an order can fail, each with its HTTP status."""

from typing import ClassVar


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """What went wrong: `error` for programs, the message for people."""

    status: ClassVar[int] = 500
    error: ClassVar[str] = "internal"


class InvalidRequest(Problem):
    """The client sent something that cannot become an order."""

    status = 422
    error = "invalid_request"


class NotFound(Problem):
    """There is no such order."""

    status = 404
    error = "not_found"


class OutOfStock(Problem):
    """The inventory has fewer than were asked for."""

    status = 409
    error = "out_of_stock"


class PaymentDeclined(Problem):
    """The payment provider said no."""

    status = 402
    error = "payment_declined"


class BadUpstream(Problem):
    """An upstream could not be reached, or its answer made no sense."""

    status = 502
    error = "bad_upstream"


class SlowUpstream(Problem):
    """An upstream did not answer in time."""

    status = 504
    error = "slow_upstream"
