"""The login page of oidc-provider-mock."""

from collections.abc import Sequence
from html.parser import HTMLParser


def subjects(page: str) -> Sequence[str]:
    """The subjects that a user can log in as, in the order of the page."""
    buttons = _Buttons()
    buttons.feed(page)
    return list(dict.fromkeys(buttons.subjects))


class _Buttons(HTMLParser):
    """The buttons that log a user in."""

    def __init__(self) -> None:
        super().__init__()
        self.subjects: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "button" and found.get("name") == "sub":
            self.subjects.append(found.get("value") or "")
