"""Roots of stubs for upstreams that have none."""


def empty(name: str) -> dict[str, str]:
    """The files of a root without stubs; git keeps the folders."""
    return {f"stubs/{name}/mappings/.gitkeep": "", f"stubs/{name}/__files/.gitkeep": ""}
