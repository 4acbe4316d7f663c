"""A number with its noun, as people write it."""


def counted(number: int, noun: str) -> str:
    """`1 request`, `2 requests`, `0 requests`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
