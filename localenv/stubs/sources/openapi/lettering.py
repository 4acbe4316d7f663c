"""The words of a name, however they are told apart: `minPrice`, `min_price` and `min-price` are the same."""

import re


def letters(name: str) -> str:
    """A name without what only tells its words apart."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def words(name: str) -> list[str]:
    """The words of a name, in lower case: `minPrice`, `min_price` and `price[gte]` have two."""
    return [one.lower() for one in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)]
