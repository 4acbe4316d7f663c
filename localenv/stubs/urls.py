"""The URL of a request to a server: a path, which may begin with two slashes, and a query."""


def path_of(url: str) -> str:
    """The path, as WireMock compares it; `urlsplit` would take what follows two slashes for a host."""
    return url.partition("?")[0]


def query_of(url: str) -> str:
    """The query without its question mark; empty if there is none."""
    return url.partition("?")[2]
