"""What a kind says of its user's name that takes any."""


def refusal(user: str) -> str:
    """None is refused."""
    return ""
