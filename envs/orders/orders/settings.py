"""What the environment variables say."""

import logging
import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the API has to be told; URLs without a trailing slash."""

    database_url: str
    redis_url: str
    payments_url: str
    inventory_url: str
    public_url: str
    currency: str
    flags_url: str  # empty: nothing new is there


def from_environment() -> Settings:
    """The settings of this process; ends it with one line where a variable is missing."""
    return Settings(
        database_url=required("DATABASE_URL"),
        redis_url=required("REDIS_URL"),
        payments_url=required("PAYMENTS_URL").rstrip("/"),
        inventory_url=required("INVENTORY_URL").rstrip("/"),
        public_url=os.environ.get("PUBLIC_URL", "").rstrip("/"),
        currency=os.environ.get("CURRENCY", "EUR"),
        flags_url=os.environ.get("OFREP_ENDPOINT", ""),
    )


def required(name: str) -> str:
    """The value of a variable that has no default."""
    value = os.environ.get(name)
    if not value:
        sys.exit(f"orders: the environment variable {name} is not set")
    return value


def configure_logging() -> None:
    """One line per record on stdout, from LOG_LEVEL up; what libraries have to say only from warning up."""
    level = os.environ.get("LOG_LEVEL", "info").upper()
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for name in ("orders", "uvicorn"):
        logging.getLogger(name).setLevel(level)
